"""What concurrent operations, or one that stops half way, must not cause."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from analytics.search import Candidate, Scope, newest
from analytics.search_query import SearchQuery
from analytics.warehouse.port import Warehouse
from recollect.sweeper import sweep_services
from resolvers.context import Context, Viewer
from resolvers.conversations import recording
from resolvers.conversations.recording import NewTurn
from resolvers.errors import Refused
from resolvers.retention import erasure
from resolvers.retention.removal import expire, purge
from resolvers.retention.sweep import sweep_user
from stores.errors import StoreUnavailable
from stores.keys import profile_key, session_key
from stores.ports import Committed, Portion, Window, Write
from stores.records import Conversation
from tests.integration.conftest import ANNA, Api, Clock, running
from tests.integration.use_cases.test_privacy import uid_of
from tests.integration.use_cases.test_retention import lower_retention

COUNT = "query ($id: ID!) { viewer { session(id: $id) { conversationCount } } }"


class Failing:
    """A store whose commits fail on demand."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.fails: Callable[[], bool] = lambda: False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def transact(self, keys: Any, plan: Any) -> Committed:
        if self.fails():
            raise StoreUnavailable("by will")
        committed: Committed = await self._store.transact(keys, plan)
        return committed


async def context(api: Api, user: str = ANNA) -> Context:
    found = await api.call("{ viewer { id } }", user)
    uid = found["viewer"]["id"].removeprefix("Viewer.")
    return api.services.context(Viewer(uid, user))


async def old_and_new(api: Api, clock: Clock, old: int, new: int) -> str:
    """A session with turns that expire when the retention is lowered, and turns that stay."""
    session: str = (await api.record("old 0"))["session"]["id"]
    for number in range(1, old):
        await api.record(f"old {number}", sessionId=session)
    clock.forward(days=10)
    for number in range(new):
        await api.record(f"new {number}", sessionId=session)
    await lower_retention(api, 7)
    return session


async def stored(ctx: Context, session: str) -> int:
    raw = session.removeprefix("Session.")
    return len(await ctx.store.list_conversations(ctx.uid, raw, Window(500)))


async def test_a_client_that_opens_sessions_eight_at_a_time_is_never_told_to_come_back(
    embedded: Api,
) -> None:
    async def opening() -> None:
        for _ in range(20):
            payload = await embedded.mutate("createSession", "session { id }")
            assert payload["session"] is not None

    await asyncio.gather(*(opening() for _ in range(8)))
    found = await embedded.call("{ viewer { sessionCounts { active archived } } }")
    assert sum(found["viewer"]["sessionCounts"].values()) == 160


async def test_two_sweeps_at_once_count_each_turn_once(api: Api, clock: Clock) -> None:
    session = await old_and_new(api, clock, old=30, new=3)
    ctx, other = await context(api), await context(api)
    owner = profile_key(ctx.uid)
    profile = (await ctx.store.get([owner])).get(owner)
    assert profile is not None
    await asyncio.gather(sweep_user(ctx, profile), sweep_user(other, profile))
    assert (await api.call(COUNT, id=session))["viewer"]["session"] == {"conversationCount": 3}
    assert await stored(ctx, session) == 3


async def test_a_sweep_that_stops_half_way_goes_on_where_it_stopped(api: Api, clock: Clock) -> None:
    session = await old_and_new(api, clock, old=60, new=2)
    ctx = await context(api)
    key = session_key(ctx.uid, session.removeprefix("Session."))
    summary = (await ctx.store.get([key])).get(key)
    assert summary is not None
    failing = Failing(ctx.store)
    calls = iter([False, True])
    failing.fails = lambda: next(calls)
    cut = clock() - 7 * 86_400_000_000
    with pytest.raises(StoreUnavailable):
        await expire(replace(ctx, store=failing), summary, cut)
    assert 2 < await stored(ctx, session) < 62
    await sweep_services(api.services)
    assert await stored(ctx, session) == 2
    assert (await api.call(COUNT, id=session))["viewer"]["session"] == {"conversationCount": 2}
    assert not any((await sweep_services(api.services)).values())


async def test_expired_turns_of_a_session_in_the_trash_go_too(api: Api, clock: Clock) -> None:
    session = await old_and_new(api, clock, old=2, new=1)
    await api.mutate("deleteSession", "", sessionId=session)
    assert (await sweep_services(api.services))["expired turns"] == 2
    assert await stored(await context(api), session) == 1
    restored = await api.mutate(
        "restoreSession", "session { conversationCount }", sessionId=session
    )
    assert restored["session"] == {"conversationCount": 1}


async def test_a_session_that_is_kept_after_all_is_not_purged(api: Api, clock: Clock) -> None:
    session = (await api.record("Hush", temporary=True))["session"]["id"]
    ctx = await context(api)
    key = session_key(ctx.uid, session.removeprefix("Session."))
    stale = (await ctx.store.get([key])).get(key)
    assert stale is not None
    await api.mutate("keepSession", "", sessionId=session)
    clock.forward(hours=25)
    with pytest.raises(Exception, match="the session has changed"):
        await purge(ctx, stale)
    assert (await api.call(COUNT, id=session))["viewer"]["session"] == {"conversationCount": 1}


async def test_no_turn_is_left_without_its_session_by_a_server_whose_clock_is_behind(
    api: Api, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = (await api.record("Hush", temporary=True))["session"]["id"]
    ctx = await context(api)
    take = ctx.store.take_conversations
    left = 1

    async def then_another(*window: Any) -> Portion[Conversation]:
        nonlocal left
        found = await take(*window)
        if not found.records and left:
            left -= 1
            clock.forward(hours=-2)
            await api.record("And another", sessionId=session)
            clock.forward(hours=2)
        return found

    clock.forward(hours=25)
    monkeypatch.setattr(ctx.store, "take_conversations", then_another)
    assert (await sweep_services(api.services))["purged sessions"] == 0
    assert await stored(ctx, session) == 1
    assert (await sweep_services(api.services))["purged sessions"] == 1
    assert await stored(ctx, session) == 0


async def test_text_of_what_is_deleted_or_expired_leaves_the_warehouse(
    api: Api, clock: Clock
) -> None:
    turn = (await api.record("zebra deleted words"))["conversation"]["id"]
    await api.record("zebra expired words")
    purged = (await api.record("zebra purged words"))["session"]["id"]
    await api.services.exporter.drain()
    await api.mutate("deleteConversation", "", conversationId=turn)
    await api.mutate("deleteSession", "", sessionId=purged)
    clock.forward(days=10)
    await api.record("kept words")
    await lower_retention(api, 9)
    await sweep_services(api.services)
    uid = await uid_of(api)
    found = await candidates(api.services.warehouse, uid, " zebra ")
    assert found == []
    assert len(await candidates(api.services.warehouse, uid, " kept ")) == 1


async def candidates(warehouse: Warehouse, uid: str, pattern: str) -> list[Candidate]:
    """The turns and titles of which any version, shown by the view or not, contains a word."""
    return await newest(warehouse, SearchQuery(terms=[(pattern,)]), Scope(uid=uid), 100)


@pytest.mark.parametrize("temporary", [False, True])
async def test_a_write_in_flight_does_not_outlive_the_erasure(
    api: Api, clock: Clock, temporary: bool
) -> None:
    await api.record("Before")
    ctx = await context(api)
    erased = asyncio.Event()
    read = asyncio.Event()

    class Slow(Failing):
        async def commit(self, writes: Sequence[Write]) -> Committed:
            read.set()
            await erased.wait()
            committed: Committed = await self._store.commit(writes)
            return committed

    slow = replace(ctx, store=Slow(ctx.store))
    request = NewTurn(query="In flight", temporary=temporary)
    writing = asyncio.create_task(recording.record_conversation(slow, request))
    await read.wait()
    await erasure.erase_my_data(await context(api))
    erased.set()
    with pytest.raises(Refused, match="ACCOUNT_ERASING"):
        await writing
    assert await ctx.store.delete_user(ctx.uid) == {} or not any(
        (await ctx.store.delete_user(ctx.uid)).values()
    )


async def test_an_erasure_that_was_overtaken_takes_nothing_of_the_new_account(
    api: Api, clock: Clock
) -> None:
    await api.record("Before")
    ctx = await context(api)
    goes_on = asyncio.Event()
    frozen = asyncio.Event()

    class Frozen:
        def __getattr__(self, name: str) -> Any:
            return getattr(ctx.warehouse, name)

        async def erase(self, uid: str, before: int) -> Any:
            frozen.set()
            await goes_on.wait()
            return await ctx.warehouse.erase(uid, before)

    first = asyncio.create_task(erasure.erase_my_data(replace(ctx, warehouse=Frozen())))
    await frozen.wait()
    with pytest.raises(Refused, match="ACCOUNT_ERASING"):
        await erasure.erase_my_data(await context(api))
    clock.forward(minutes=11)
    await erasure.erase_my_data(await context(api))
    session = (await api.record("A new beginning"))["session"]["id"]
    goes_on.set()
    with pytest.raises(Refused, match="ACCOUNT_ERASING"):
        await first
    assert (await api.call(COUNT, id=session))["viewer"]["session"] == {"conversationCount": 1}
    assert await stored(ctx, session) == 1


async def test_many_sessions_at_once_do_not_exceed_the_limit(settings: Any, clock: Clock) -> None:
    rules = settings.session_management.model_copy(update={"max_sessions_per_user": 5})
    async with running(settings.model_copy(update={"session_management": rules})) as api:
        await api.services.warehouse.init()
        await api.record("first")
        await asyncio.gather(
            *(api.post("mutation { createSession { session { id } } }") for _ in range(12))
        )
        found = await api.call("{ viewer { sessionCounts { active } } }")
        assert found["viewer"]["sessionCounts"]["active"] <= 5
