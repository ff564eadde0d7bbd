"""Pages of turns of the largest allowed size: short, in order, and never more than a limit at once."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from recollect.sweeper import sweep_services
from resolvers.input_limits import QUERY_BYTES, RESPONSE_BYTES
from resolvers.page_budget import PAGES_AT_ONCE, REQUEST_MIB
from resolvers.pagination import MIB, PAGE_SIZE
from stores.keys import Key, conversation_key, session_key
from stores.mirror_records import Change
from stores.ports import Committed, Create, Plan, Portion, Window
from stores.records import Conversation, Record, Session
from tests.integration.conftest import ANNA, Api, Clock, embedded_settings
from tests.integration.live.live_server import served

TURNS = 12
LARGEST = RESPONSE_BYTES * 4 + QUERY_BYTES
"""The approximate bytes of memory of a turn's text: one character of the answer makes all take four bytes."""
PAGE = """
query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
  viewer { session(id: $id) {
    conversations(first: $first, after: $after, last: $last, before: $before) {
      nodes { query response }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  } }
}
"""
HITS = """
query ($after: String) {
  viewer { searchConversations(query: "qq", first: 100, after: $after, order: NEWEST) {
    nodes { conversation { query } } pageInfo { hasNextPage endCursor }
  } }
}
"""
LISTS = (
    "{ viewer { sessions(first: 50) { nodes { conversations(last: %d) { nodes { query } } } } } }"
)


async def write(api: Api, sessions: int, turns: int) -> None:
    """Write sessions of the viewer with turns of the largest allowed size."""
    await api.record("first")
    viewer = await api.services.authenticator.authenticate({"x-recollect-dev-user": ANNA})
    now = api.services.context(viewer).now()
    for number in range(sessions):
        name = f"large-{number}"
        times = {"created_at": now, "last_active": now, "touched_at": now, "oldest_turn_at": now}
        summary = Session(session_id=name, conversation_count=turns, **times)
        await api.services.store.commit([Create(session_key(viewer.uid, name), summary)])
        for turn in range(turns):
            large = Conversation(
                session_id=name,
                conversation_id=f"turn-{turn}",
                query=f"{turn} ".ljust(QUERY_BYTES, "q"),
                response="r" * (RESPONSE_BYTES - 4) + "\N{GRINNING FACE}",
                answered=True,
                timestamp=now + turn,
                recorded_at=now,
            )
            key = conversation_key(viewer.uid, name, large.conversation_id)
            await api.services.store.commit([Create(key, large)])


@pytest.fixture
def read(api: Api, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The bytes of memory that each read of turns takes."""
    sizes: list[int] = []
    real = api.services.store.take_conversations

    async def measured(*given: Any) -> Portion[Conversation]:
        portion = await real(*given)
        sizes.append(portion.size)
        return portion

    monkeypatch.setattr(api.services.store, "take_conversations", measured)
    return sizes


def numbers(page: Any) -> Sequence[int]:
    return [int(node["query"].partition(" ")[0]) for node in page["nodes"]]


async def test_a_page_of_the_largest_turns_is_short_and_leads_on_from_either_end(
    api: Api, read: list[int]
) -> None:
    await write(api, sessions=1, turns=TURNS)
    for size, cursor, more, at in (
        ("first", "after", "hasNextPage", "endCursor"),
        ("last", "before", "hasPreviousPage", "startCursor"),
    ):
        found: list[int] = []
        place: dict[str, Any] = {}
        while True:
            read.clear()
            answer = await api.call(PAGE, id="Session.large-0", **{size: 100, **place})
            page = answer["viewer"]["session"]["conversations"]
            assert len(read) == 1
            assert sum(read) < PAGE_SIZE + 1.2 * LARGEST
            some = numbers(page)
            assert 1 <= len(some) <= 2 or len(found) == TURNS
            found = [*found, *some] if size == "first" else [*some, *found]
            if not page["pageInfo"][more]:
                break
            place = {cursor: page["pageInfo"][at]}
        assert found == list(range(TURNS))


async def test_pages_of_many_sessions_are_refused_before_they_take_more_than_is_allowed(
    api: Api, read: list[int]
) -> None:
    await write(api, sessions=20, turns=2)
    (error,) = await api.errors(LISTS % 2)
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "fields": [["conversations"]]}
    assert "smaller pages" in error["message"]
    assert sum(read) < REQUEST_MIB * MIB + PAGES_AT_ONCE * (PAGE_SIZE + 1.2 * LARGEST)
    few = (await api.call(LISTS.replace("50", "2") % 2))["viewer"]["sessions"]["nodes"]
    assert [numbers(session["conversations"]) for session in few] == [[0, 1], [0, 1]]


async def test_what_one_request_read_is_not_held_against_the_next(
    api: Api, read: list[int]
) -> None:
    await write(api, sessions=1, turns=2)
    for _ in range(REQUEST_MIB * MIB // LARGEST):
        answer = await api.call(PAGE, id="Session.large-0", last=2)
        assert numbers(answer["viewer"]["session"]["conversations"]) == [0, 1]
    assert sum(read) > REQUEST_MIB * MIB


async def test_a_page_of_hits_ends_where_their_turns_are_large(api: Api) -> None:
    await write(api, sessions=1, turns=TURNS)
    viewer = await api.services.authenticator.authenticate({"x-recollect-dev-user": ANNA})
    ctx = api.services.context(viewer)
    turns = await ctx.store.list_conversations(viewer.uid, "large-0", Window(TURNS))
    named = [
        Change(
            kind="conversation",
            session_id=turn.session_id,
            conversation_id=turn.conversation_id,
            at=turn.timestamp,
        )
        for turn in turns
    ]
    await ctx.commit([], named)
    found: list[int] = []
    after, more = None, True
    while more:
        page = (await api.call(HITS, after=after))["viewer"]["searchConversations"]
        some = numbers({"nodes": [hit["conversation"] for hit in page["nodes"]]})
        assert 1 <= len(some) <= 2
        found += some
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert found == list(reversed(range(TURNS)))


async def test_each_event_of_a_subscription_may_have_a_page(tmp_path: Path) -> None:
    document = (
        "subscription { sessionChanges { kind cursor sessionId "
        "session { title conversations(last: 1) { nodes { id } } } } }"
    )
    async with served(embedded_settings(tmp_path)) as api:
        await write(api, sessions=1, turns=1)
        async with api.socket() as socket:
            await socket.begin(document)
            for number in range(2 + REQUEST_MIB * MIB // LARGEST):
                title = f"Title {number}"
                await api.mutate("renameSession", "", sessionId="Session.large-0", title=title)
                session = (await socket.change())["session"]
                assert session["title"] == title
                assert len(session["conversations"]["nodes"]) == 1


async def test_a_sweep_removes_the_largest_turns_a_few_at_a_time(
    api: Api, clock: Clock, read: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(api, sessions=1, turns=TURNS)
    locked: list[int] = []
    real = api.services.store.transact

    async def counted(keys: Sequence[Key[Record]], plan: Plan) -> Committed:
        locked.append(sum(key.kind is Conversation for key in keys))
        return await real(keys, plan)

    monkeypatch.setattr(api.services.store, "transact", counted)
    clock.forward(days=100)
    done = await sweep_services(api.services)
    assert done["purged sessions"] == 2
    assert sum(locked) == TURNS + 1
    assert max(locked) <= 2
    assert max(read) < PAGE_SIZE + 1.2 * LARGEST
