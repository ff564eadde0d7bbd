"""Watchers are woken by every commit that concerns them, from any process."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from stores.keys import (
    conversation_key,
    erasure_key,
    mark_key,
    profile_key,
    removal_key,
    session_key,
    trash_key,
)
from stores.mirror_records import Erasure
from stores.ports import Create, Delete, Store, Update, Write
from stores.records import Profile, Removal
from stores.sqlite import watch
from stores.sqlite.store import SQLiteStore
from tests.contract.records import append, create_mark, create_session, session
from tests.contract.stores.conftest import OpenStore

PATIENCE_SECONDS = 300.0
LOOK_SECONDS = 0.05


@pytest.fixture(autouse=True)
def looking_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite looks for the writes of other processes more often, which makes `Sleeper.rest` faster."""
    monkeypatch.setattr(watch, "LOOK_SECONDS", LOOK_SECONDS)


class Sleeper:
    """Waits until it is woken, and counts the wake-ups.

    It is at rest when nothing has woken it for `pause` seconds.
    """

    def __init__(self, pause: float = 0.35) -> None:
        self.wakes = 0
        self._pause = pause
        self._woken = asyncio.Event()

    def __call__(self) -> None:
        self.wakes += 1
        self._woken.set()

    async def woken(self) -> None:
        """Return once it has been woken since the previous call."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._woken.wait()
        self._woken.clear()

    async def rest(self) -> None:
        """Return once nothing wakes it any more."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                before = self.wakes
                await asyncio.sleep(self._pause)
                if before == self.wakes:
                    break
        self._woken.clear()


@asynccontextmanager
async def sleeping(store: Store, uid: str | None = "u") -> AsyncIterator[Sleeper]:
    """A watcher that has had its first wake-up."""
    sleeper = Sleeper(2 * LOOK_SECONDS) if isinstance(store, SQLiteStore) else Sleeper()
    async with store.watch(uid, sleeper):
        await sleeper.woken()
        await sleeper.rest()
        yield sleeper


HISTORY: list[Callable[[], list[Write]]] = [
    lambda: [create_session()],
    lambda: [Create(profile_key("u"), Profile(created_at=1))],
    lambda: [Update(profile_key("u"), set={"preferences.response_style": "concise"})],
    lambda: [create_session("other")],
    lambda: append("c1"),
    lambda: append("c2", "other"),
    lambda: [Update(session_key("u", "s"), set={"custom_title": "new"})],
    lambda: [
        Update(conversation_key("u", "s", "c1"), set={"answered": True}),
        Update(session_key("u", "s")),
    ],
    lambda: [
        Delete(session_key("u", "s")),
        Create(trash_key("u", "s"), session("s", deleted_at=2)),
    ],
    lambda: [Delete(trash_key("u", "s")), create_session()],
    # A growing answer does not change its session's summary.
    lambda: [
        Update(conversation_key("u", "s", "c1"), set={"partial": "Beca"}),
        Update(profile_key("u"), set={"grown_at": 1}, increase={"growing_bytes": 4}),
    ],
    lambda: [create_session("brief", temporary=True)],
    lambda: [
        Delete(session_key("u", "brief")),
        Create(trash_key("u", "brief"), session("brief", temporary=True, deleted_at=2)),
    ],
    lambda: [
        Delete(trash_key("u", "brief")),
        Create(removal_key("u", "r"), Removal(session_id="brief", removed_at=3)),
    ],
    lambda: [Create(erasure_key("u"), Erasure(started_at=4))],
]
"""Everything that can happen to a user's sessions."""


@pytest.mark.parametrize("elsewhere", [False, True], ids=["here", "another-process"])
async def test_every_commit_of_a_user_wakes_whoever_watches(
    open_store: OpenStore, elsewhere: bool
) -> None:
    watching = await open_store()
    writing = await open_store() if elsewhere else watching
    async with sleeping(watching) as sleeper:
        for writes in HISTORY:
            await writing.commit(writes())
            await sleeper.woken()
            await sleeper.rest()


async def test_a_transaction_and_an_erasure_wake_as_well(store: Store) -> None:
    async with sleeping(store) as sleeper:
        await store.transact([session_key("u", "s")], lambda snapshot: [create_session()])
        await sleeper.woken()
        await sleeper.rest()
        await store.delete_user("u")
        await sleeper.woken()


async def test_a_user_is_not_woken_by_another_user_nor_by_their_marks(store: Store) -> None:
    async with sleeping(store) as sleeper:
        before = sleeper.wakes
        await store.commit([create_session(uid="other"), create_mark("m", "other")])
        await store.commit([create_mark("m")])
        await store.commit([Delete(mark_key("u", "m"))])
        await sleeper.rest()
        assert sleeper.wakes == before


async def test_the_first_mark_of_anybody_wakes_whoever_watches_marks(store: Store) -> None:
    async with sleeping(store, None) as sleeper:
        for uid in ("a", "b"):
            await store.commit([create_session(uid=uid), create_mark("m", uid)])
            await sleeper.woken()
            await store.commit([Delete(mark_key(uid, "m"))])
            await sleeper.rest()


async def test_all_who_watch_are_woken_until_they_watch_no_more(store: Store) -> None:
    gone = Sleeper()
    async with sleeping(store) as first:
        async with store.watch("u", gone), sleeping(store) as second:
            await store.commit([create_session()])
            for sleeper in (gone, first, second):
                await sleeper.woken()
        await first.rest()
        wakes = gone.wakes
        await store.commit([create_session("another")])
        await first.woken()
        assert gone.wakes == wakes


async def test_who_watches_after_everybody_left_is_woken_too(store: Store) -> None:
    for number in range(3):
        async with sleeping(store) as sleeper:
            await store.commit([create_session(f"s{number}")])
            await sleeper.woken()


@pytest.mark.parametrize("ticks", range(6))
async def test_who_watches_as_the_last_one_leaves_is_woken_by_what_follows(
    store: Store, ticks: int
) -> None:
    for number in range(5):
        async with store.watch("u", Sleeper()):
            await asyncio.sleep(0.02 * number)
        for _ in range(ticks):
            await asyncio.sleep(0)
        async with sleeping(store) as sleeper:
            await store.commit([create_session(f"s{number}")])
            await sleeper.woken()
