"""The cost of selecting a field. One unit is about the work for one plain field, some 10 µs."""

LIMIT = 50_000
"""The most that one operation may cost: about half a second of work, or ten searches."""

EVENT_LIMIT = 1_000
"""The most that a subscription may cost: its fields are resolved for every event."""

FIELD = 1
READ = 100
"""A field that reads the store: every field with an asynchronous resolver that is not listed below."""
WRITE = 300
"""A mutation, for each record it names."""
WAREHOUSE = 5_000
"""A field that queries the warehouse."""

TURN = 45
"""A turn of a page, without its fields. Turns can be large, so one operation can read about 1,000."""

WEIGHTS = {
    "Viewer.searchConversations": WAREHOUSE,
    "Viewer.tags": 5 * READ,
    "Viewer.insights": 3 * WAREHOUSE,
    "Viewer.storedTurns": WAREHOUSE,
    "ViewerInsights.weeks": WAREHOUSE,
    "ViewerInsights.hours": WAREHOUSE,
    "ViewerInsights.longestSessions": WAREHOUSE,
    "ViewerInsights.unanswered": WAREHOUSE,
    "Query.insights": 3 * WAREHOUSE,
    "Mutation.eraseMyData": WAREHOUSE,
    "Mutation.importSessions": WAREHOUSE,
}

RECORDS = {"Session.conversations": TURN}
"""The cost of each record of a requested page. The hits of a search are included in WAREHOUSE."""

SHARED = {"SearchGroup.hits"}
"""Lists that share the entries of one page, so that each has one on average."""

LIST = 10
"""How many objects a list that is not a page is assumed to have."""
