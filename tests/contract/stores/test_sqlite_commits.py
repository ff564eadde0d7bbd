"""Commits that wait for SQLite's writer share a transaction, and each gets its own outcome."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from stores.errors import RecordExists, RecordMissing, StoreError
from stores.keys import session_key
from stores.ports import Snapshot, Update, Write
from stores.sqlite import store as module
from stores.sqlite.file import connect
from stores.sqlite.store import SQLiteStore
from tests.contract.records import create_session

WAITING = 20


class Refused(Exception):
    pass


@pytest.fixture
async def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that the store's connections execute."""
    executed: list[str] = []

    def watched(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        connection.set_trace_callback(executed.append)
        return connection

    monkeypatch.setattr(module, "connect", watched)
    return executed


@pytest.fixture
async def store(statements: list[str], tmp_path: Path) -> AsyncIterator[SQLiteStore]:
    opened = await SQLiteStore.open(tmp_path / "store.sqlite")
    yield opened
    await opened.close()


@asynccontextmanager
async def busy(store: SQLiteStore) -> AsyncIterator[None]:
    """Keep the writer busy until the block ends."""
    began, end = threading.Event(), threading.Event()

    def plan(_: Snapshot) -> Sequence[Write]:
        began.set()
        end.wait()
        return []

    working = asyncio.create_task(store.transact([], plan))
    await asyncio.to_thread(began.wait)
    try:
        yield
    finally:
        end.set()
        await asyncio.gather(working, return_exceptions=True)


def missing(number: int) -> list[Write]:
    """A create that is undone because the update after it finds nothing."""
    return [create_session(f"half-{number}"), Update(session_key("u", f"none-{number}"))]


def no_commit(action: int, argument: str | None, *_: object) -> int:
    """Lets SQLite do everything but end a transaction."""
    ends = action == sqlite3.SQLITE_TRANSACTION and argument == "COMMIT"
    return sqlite3.SQLITE_DENY if ends else sqlite3.SQLITE_OK


def refuse(_: Snapshot) -> Sequence[Write]:
    raise Refused


async def test_commits_that_wait_share_a_sync_and_each_has_its_own_outcome(
    store: SQLiteStore, statements: list[str]
) -> None:
    async with busy(store):
        statements.clear()
        commits = [store.commit([create_session(f"s-{n}")]) for n in range(WAITING)]
        commits += [store.commit(missing(n)) for n in range(3)]
        commits += [store.commit([create_session("s-0")]), store.transact([], refuse)]
        tasks = [asyncio.create_task(commit) for commit in commits]
        await asyncio.sleep(0)
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    landed, failed = outcomes[:WAITING], outcomes[WAITING:]
    assert [type(each) for each in failed] == [*3 * [RecordMissing], RecordExists, Refused]
    times = [each.time for each in landed if not isinstance(each, BaseException)]
    assert times == sorted(set(times))
    assert len(times) == WAITING
    assert statements.count("COMMIT") == 2, "that of the busy writer, and that of all who waited"
    keys = [session_key("u", f"s-{n}") for n in range(WAITING)]
    halves = [session_key("u", f"half-{n}") for n in range(3)]
    found = await store.get([*keys, *halves])
    assert [found.get(key) is not None for key in keys] == WAITING * [True]
    assert [found.get(key) for key in halves] == 3 * [None]


async def test_a_commit_that_nobody_waits_for_any_more_is_left_out(store: SQLiteStore) -> None:
    async with busy(store):
        given_up = asyncio.create_task(store.commit([create_session("given-up")]))
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.gather(given_up, return_exceptions=True)
    assert (await store.get([key := session_key("u", "given-up")])).get(key) is None


async def test_where_the_sync_fails_nobody_is_told_that_theirs_landed(store: SQLiteStore) -> None:
    connections = store._connections

    async with busy(store):
        tasks = [
            asyncio.create_task(store.commit([create_session(f"s-{n}")])) for n in range(WAITING)
        ]
        await asyncio.sleep(0)
        for connection in connections:
            connection.set_authorizer(no_commit)
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    for connection in connections:
        connection.set_authorizer(None)
    assert {type(each) for each in outcomes} == {StoreError}


async def test_where_the_sync_fails_who_failed_before_keeps_their_own_error(
    store: SQLiteStore,
) -> None:
    async with busy(store):
        commits = [store.commit(missing(1)), store.commit([create_session("s-1")])]
        tasks = [asyncio.create_task(commit) for commit in commits]
        await asyncio.sleep(0)
        for connection in store._connections:
            connection.set_authorizer(no_commit)
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    for connection in store._connections:
        connection.set_authorizer(None)
    assert [type(each) for each in outcomes] == [RecordMissing, StoreError]
