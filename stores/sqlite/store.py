"""The embedded store: one SQLite file, which several processes may use at the same time."""

import asyncio
import sqlite3
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from sys import maxsize
from typing import TypeVar

from stores.bulk import Stored
from stores.documents import scanned_collection
from stores.keys import Collection, Key, R
from stores.mirror_records import DeadLetter, ExportMark
from stores.ports import (
    ALL_SESSIONS,
    Changed,
    Committed,
    ConversationOrder,
    Due,
    DueTime,
    Entry,
    Plan,
    Portion,
    Position,
    SessionQuery,
    Snapshot,
    Wake,
    Window,
    Write,
    readable,
)
from stores.records import Conversation, Record, Session, SessionListRow
from stores.sqlite.bulk import put_all, read_all
from stores.sqlite.commit_queue import CommitQueue, Decide
from stores.sqlite.erasure import delete_some, rewrite_file
from stores.sqlite.file import (
    ErrorsOfFile,
    connect,
    immediate,
    prepare,
)
from stores.sqlite.queries import (
    Query,
    changed_query,
    conversations_query,
    due_query,
    owned_query,
    scan_query,
    sessions_query,
)
from stores.sqlite.read_queue import ReadQueue
from stores.sqlite.reads import due, get, take
from stores.sqlite.watch import Watchers, touched

T = TypeVar("T")

_READERS = 4


class SQLiteStore:
    """A `Store` in one file. Open it with `SQLiteStore.open`.

    SQLite blocks, so it runs in threads with a connection each: one thread that writes, and a few
    that read and never wait for it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._errors = ErrorsOfFile(path)
        self._writer = ThreadPoolExecutor(1, "sqlite-writer")
        self._readers = ThreadPoolExecutor(_READERS, "sqlite-reader")
        self._reads = ReadQueue(self._readers, _READERS, self._connection)
        self._thread = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._commits = CommitQueue()
        self._watchers = Watchers(self._version)

    @classmethod
    async def open(cls, path: Path | str) -> "SQLiteStore":
        """Open a file, creating it if necessary.

        Raises StoreError if it is not an SQLite file or has an unknown version, and
        StoreUnavailable if its folder is missing.
        """
        store = cls(Path(path))
        await store._run(None, lambda: prepare(store._path))
        return store

    async def get(self, keys: Sequence[Key[Record]]) -> Snapshot:
        """See `Store.get`; all keys are read at the same moment."""
        return await self._read(lambda connection: get(connection, keys))

    async def commit(self, writes: Sequence[Write]) -> Committed:
        """See `Store.commit`."""
        return await self._commit(lambda connection: writes)

    async def transact(self, keys: Sequence[Key[Record]], plan: Plan) -> Committed:
        """See `Store.transact`; meanwhile the whole file is locked for other writers."""
        return await self._commit(lambda connection: plan(get(connection, keys)))

    async def list_sessions(
        self, uid: str, window: Window, query: SessionQuery = ALL_SESSIONS
    ) -> Sequence[Session]:
        """See `Store.list_sessions`."""
        return await self._sessions(Session, uid, window, query)

    async def list_session_rows(
        self, uid: str, window: Window, query: SessionQuery = ALL_SESSIONS
    ) -> Sequence[SessionListRow]:
        """See `Store.list_session_rows`."""
        return await self._sessions(SessionListRow, uid, window, query)

    async def list_conversations(
        self, uid: str, session_id: str, window: Window, order: ConversationOrder = "timestamp"
    ) -> Sequence[Conversation]:
        """See `Store.list_conversations`."""
        return (await self.take_conversations(uid, session_id, window, maxsize, order)).records

    async def take_conversations(
        self,
        uid: str,
        session_id: str,
        window: Window,
        size: int,
        order: ConversationOrder = "timestamp",
    ) -> Portion[Conversation]:
        """See `Store.take_conversations`."""
        query = conversations_query(uid, session_id, window, order)
        found, taken = await self._take(Conversation, query, size)
        turns = [readable(turn) for _, turn in found]
        more = len(found) == window.limit or taken >= size
        return Portion(turns[::-1] if window.from_end else turns, more, taken)

    async def list_changed(self, collection: Collection[R], window: Window) -> Sequence[Changed[R]]:
        """See `Store.list_changed`."""
        found = await self._select(collection.kind, changed_query(collection, window))
        changed = [Changed((entry.update_time, key.id), readable(entry)) for key, entry in found]
        return changed[::-1] if window.from_end else changed

    async def list_due(
        self, time: DueTime, until: int, after: Position | None, limit: int
    ) -> Sequence[Due]:
        """See `Store.list_due`."""
        query = due_query(time, until, after, limit)
        return await self._read(lambda connection: due(connection, query))

    async def list_marks(self, uid: str, limit: int) -> Sequence[Entry[ExportMark]]:
        """See `Store.list_marks`."""
        query = owned_query("marks", uid, limit)
        return [mark for _, mark in await self._select(ExportMark, query)]

    async def list_dead_letters(self, uid: str, limit: int) -> Sequence[Entry[DeadLetter]]:
        """See `Store.list_dead_letters`."""
        query = owned_query("dead_letters", uid, limit)
        return [letter for _, letter in await self._select(DeadLetter, query)]

    async def scan_marks(
        self, after: Key[ExportMark] | None, limit: int, until: Key[ExportMark] | None = None
    ) -> Sequence[Entry[ExportMark]]:
        """See `Store.scan_marks`."""
        query = scan_query("marks", after, limit, until)
        return [mark for _, mark in await self._select(ExportMark, query)]

    async def scan(
        self,
        kind: type[R],
        after: Key[R] | None,
        limit: int,
        *,
        until: Key[R] | None = None,
        trash: bool = False,
        size: int | None = None,
    ) -> Sequence[tuple[Key[R], Entry[R]]]:
        """See `Store.scan`."""
        query = scan_query(scanned_collection(kind, trash), after, limit, until)
        return await self._select(kind, query, size)

    async def read_all(
        self, after: tuple[str, ...] | None, limit: int, size: int
    ) -> Sequence[Stored]:
        """See `BulkStore.read_all`."""
        return await self._read(lambda connection: read_all(connection, after, limit, size))

    async def put_all(self, documents: Sequence[Stored], writes: Sequence[Write]) -> None:
        """See `BulkStore.put_all`."""
        await self._write(lambda connection: put_all(connection, documents, writes))

    async def delete_user(self, uid: str) -> Mapping[str, int]:
        """See `Store.delete_user`; at the end the file is rewritten, and nothing can be written meanwhile.

        Appends of this user fail with `RecordMissing` once the session's summary is gone. Raises
        StoreUnavailable if another program keeps an old transaction open.
        """
        removed: Counter[str] = Counter()
        while some := await self._write(lambda connection: delete_some(connection, uid)):
            removed += some
            self._watchers.committed([uid])
        await self._run(self._writer, lambda: rewrite_file(self._connection()))
        return removed

    def remains(self) -> None:
        """See `Store.remains`: nothing, because the file is rewritten."""

    def watch(self, uid: str | None, wake: Wake) -> AbstractAsyncContextManager[None]:
        """See `Store.watch`; writes of other processes are noticed a moment later."""
        return self._watchers.watch(uid, wake)

    async def ping(self) -> None:
        """See `Store.ping`."""
        await self._read(lambda connection: connection.execute("SELECT last FROM clock").fetchone())

    async def close(self) -> None:
        """Finish what is under way and close the file."""
        await self._watchers.close()
        for threads in (self._writer, self._readers):
            await asyncio.to_thread(threads.shutdown)
        for connection in self._connections:
            connection.close()

    async def _sessions(
        self, kind: type[R], uid: str, window: Window, query: SessionQuery
    ) -> Sequence[R]:
        found = await self._select(kind, sessions_query(uid, window, query))
        sessions = [readable(session) for _, session in found]
        return sessions[::-1] if window.from_end else sessions

    async def _select(
        self, kind: type[R], query: Query, size: int | None = None
    ) -> Sequence[tuple[Key[R], Entry[R]]]:
        found, _ = await self._take(kind, query, size)
        return found

    def _take(
        self, kind: type[R], query: Query, size: int | None
    ) -> Awaitable[tuple[Sequence[tuple[Key[R], Entry[R]]], int]]:
        return self._read(lambda connection: take(connection, kind, query, size))

    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._errors:
            return await self._reads.read(work)

    async def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        def write() -> T:
            with immediate(self._connection()) as connection:
                return work(connection)

        return await self._run(self._writer, write)

    async def _commit(self, decide: Decide) -> Committed:
        """Decide what to write and write it, together with other commits that wait for the writer, and wake
        the watchers, even if the caller no longer waits."""
        answer = self._commits.add(decide)
        self._writer.submit(self._land)
        with self._errors:
            return await answer

    def _land(self) -> None:
        self._commits.land(
            self._connection, lambda writes: self._watchers.committed(touched(writes))
        )

    async def _version(self) -> int:
        """A number that changes with every commit made by others than this store."""

        def version() -> int:
            (number,) = self._connection().execute("PRAGMA data_version").fetchone()
            return int(number)

        return await self._run(self._writer, version)

    async def _run(self, threads: ThreadPoolExecutor | None, work: Callable[[], T]) -> T:
        with self._errors:
            return await asyncio.get_running_loop().run_in_executor(threads, work)

    def _connection(self) -> sqlite3.Connection:
        """The connection of this thread."""
        if not hasattr(self._thread, "connection"):
            self._thread.connection = connect(self._path)
            self._connections.append(self._thread.connection)
        connection: sqlite3.Connection = self._thread.connection
        return connection
