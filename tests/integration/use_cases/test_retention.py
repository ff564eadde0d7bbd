"""Expired data is gone from the next answer, and from store and warehouse after one sweep."""

from typing import Any

from recollect.sweeper import sweep_services
from stores.keys import conversation_key, session_key
from tests.integration.conftest import Api, Clock

SEEN = """
query ($id: ID!, $turn: ID!) {
  viewer {
    session(id: $id) { title conversations { nodes { query } } }
    sessions { nodes { title } }
    searchConversations(query: "marker", order: NEWEST) { nodes { conversation { query } } }
  }
  node(id: $turn) { id }
}
"""


async def lower_retention(api: Api, days: int) -> None:
    document = (
        "mutation ($days: Int!) { updatePreferences(input: { preferences: "
        "{ privacySettings: { dataRetentionDays: $days } } }) { userErrors { code } } }"
    )
    assert (await api.call(document, days=days))["updatePreferences"]["userErrors"] == []


async def seen(api: Api, session: str, turn: str) -> tuple[list[str], list[str], bool]:
    """The visible parts of a session: its turns, the hits of a search, and whether a turn is found by id."""
    found = await api.call(SEEN, id=session, turn=turn)
    viewer = found["viewer"]
    turns = viewer["session"]["conversations"]["nodes"] if viewer["session"] else []
    hits = viewer["searchConversations"]["nodes"]
    return (
        [node["query"] for node in turns],
        [hit["conversation"]["query"] for hit in hits],
        found["node"] is not None,
    )


async def stored_turns(api: Api, uid: str) -> list[dict[str, Any]]:
    return await api.services.warehouse.query(
        "conversation_history", {"uid": uid, "since": 0, "until": 2**51}
    )


async def test_a_lowered_retention_hides_older_turns_at_once_and_a_sweep_removes_them(
    api: Api, clock: Clock
) -> None:
    old = await api.record("marker of old", response="Old answer")
    session, turn = old["session"]["id"], old["conversation"]["id"]
    gone = (await api.record("marker of a session that ends"))["session"]["id"]
    await api.services.exporter.drain()
    clock.forward(days=10)
    await api.record("marker of new", sessionId=session)
    assert await seen(api, session, turn) == (
        ["marker of old", "marker of new"],
        ["marker of new", "marker of a session that ends", "marker of old"],
        True,
    )

    await lower_retention(api, 7)
    assert await seen(api, session, turn) == (["marker of new"], ["marker of new"], False)
    listed = (await api.call("{ viewer { sessions { nodes { id title } } } }"))["viewer"][
        "sessions"
    ]
    assert listed["nodes"] == [{"id": session, "title": None}]
    late = await api.mutate("submitFeedback", "", conversationId=turn, score=1)
    assert late["userErrors"][0]["code"] == "NOT_FOUND"
    more = await api.record("more", sessionId=gone)
    assert more["userErrors"][0]["code"] == "NOT_FOUND"

    done = await sweep_services(api.services)
    assert (done["expired turns"], done["purged sessions"]) == (1, 1)
    (owner,) = await api.services.warehouse.query("uid_of_email", {"email": "anna@example.com"})
    uid = owner["uid"]
    _, session_id, turn_id = turn.split(".")
    gone_id = gone.removeprefix("Session.")
    keys = (
        conversation_key(uid, session_id, turn_id),
        session_key(uid, gone_id),
        session_key(uid, session_id),
    )
    left = await api.services.store.get(keys)
    assert left.get(keys[0]) is None
    assert left.get(keys[1]) is None
    summary = left.get(keys[2])
    assert summary is not None
    assert (summary.conversation_count, summary.derived_title) == (1, None)
    assert [row["query"] for row in await stored_turns(api, uid)] == ["marker of new"]
    again = await sweep_services(api.services)
    assert not any(again.values())


async def test_an_imported_chat_of_long_ago_is_kept_from_the_day_it_was_recorded(
    api: Api, clock: Clock
) -> None:
    await lower_retention(api, 7)
    old = await api.record("marker of 2020", timestamp="2020-02-02T00:00:00Z")
    session, turn = old["session"]["id"], old["conversation"]["id"]
    await sweep_services(api.services)
    assert await seen(api, session, turn) == (["marker of 2020"], ["marker of 2020"], True)
    clock.forward(days=8)
    assert await seen(api, session, turn) == ([], [], False)


async def test_a_page_reads_on_past_expired_turns(api: Api, clock: Clock) -> None:
    session = (await api.record("old 0"))["session"]["id"]
    for number in range(1, 6):
        await api.record(f"old {number}", sessionId=session)
    clock.forward(days=10)
    for number in range(3):
        await api.record(f"new {number}", sessionId=session)
    await lower_retention(api, 7)
    page = (
        "query ($id: ID!, $after: String) { viewer { session(id: $id) { conversations(first: 2, "
        "after: $after) { nodes { query } pageInfo { hasNextPage endCursor } } } } }"
    )
    first = (await api.call(page, id=session))["viewer"]["session"]["conversations"]
    assert [turn["query"] for turn in first["nodes"]] == ["new 0", "new 1"]
    rest = await api.call(page, id=session, after=first["pageInfo"]["endCursor"])
    shown = rest["viewer"]["session"]["conversations"]
    assert [turn["query"] for turn in shown["nodes"]] == ["new 2"]
    assert shown["pageInfo"]["hasNextPage"] is False
