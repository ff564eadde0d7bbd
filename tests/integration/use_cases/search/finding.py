"""A search over the API, and its results."""

from typing import Any

from tests.integration.conftest import Api

SEARCH = """
query ($query: String!, $first: Int, $after: String, $filter: SearchFilter, $order: SearchOrder! = NEWEST) {
  viewer { searchConversations(query: $query, first: $first, after: $after, filter: $filter, order: $order) {
    complete correctedQuery
    nodes { session { id title } conversation { query } snippet { text highlighted } }
    pageInfo { hasNextPage endCursor }
  } }
}
"""


async def find(api: Api, query: str, user: str = "anna@example.com", **given: Any) -> Any:
    found = await api.call(SEARCH, user, query=query, **given)
    return found["viewer"]["searchConversations"]


async def queries(api: Api, query: str, **given: Any) -> list[str]:
    found = await find(api, query, **given)
    return [hit["conversation"]["query"] for hit in found["nodes"]]


async def mirrored(api: Api) -> None:
    """Bring every change to the warehouse."""
    assert await api.services.exporter.drain() > 0


async def turns(api: Api, *texts: str) -> str:
    """Record turns in one session, the last one newest; returns the session's id."""
    session: str | None = None
    for number, text in enumerate(texts):
        time = f"2024-01-01T00:{number:02}:00Z"
        given = {"sessionId": session} if session else {}
        session = (await api.record(text, timestamp=time, **given))["session"]["id"]
    assert session
    return session


BEST = {"order": "RELEVANCE"}
