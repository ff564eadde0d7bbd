"""What selecting a field costs. One unit is about the work of one plain field, some 10 µs."""

LIMIT = 50_000
"""The most one operation may cost: half a second of work, or ten searches."""

EVENT_LIMIT = 1_000
"""The most a subscription may cost: its fields are worked out for every event."""

FIELD = 1
READ = 100
"""A field that reads the store: every field with an asynchronous resolver that is not named below."""
WRITE = 300
"""A mutation, for each record it names."""
WAREHOUSE = 5_000
"""A field that asks the warehouse."""

TURN = 45
"""A turn of a page, besides its fields: it can be large, so one operation asks for about 1,000."""

WEIGHTS = {
    "Viewer.searchConversations": WAREHOUSE,
    "Viewer.insights": 3 * WAREHOUSE,
    "Query.insights": 3 * WAREHOUSE,
    "Mutation.eraseMyData": WAREHOUSE,
    "Mutation.importSessions": WAREHOUSE,
}

RECORDS = {"Session.conversations": TURN}
"""What each record costs that a page is asked for. The hits of a search are paid with WAREHOUSE."""

LIST = 10
"""How many objects a list is taken to have that is not a page."""
