"""The store of the embedded default: one SQLite file, safe for several processes at once."""

import asyncio
import json
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from stores.documents import ROOTS, checked, from_document
from stores.keys import Key, R
from stores.ports import (
    ALL_SESSIONS,
    Committed,
    ConversationOrder,
    Plan,
    SessionQuery,
    Snapshot,
    Window,
    Write,
)
from stores.records import Conversation, ExportMark, Record, Session
from stores.sqlite_erasure import delete_some, forget
from stores.sqlite_file import (
    connect,
    errors_of_file,
    immediate,
    joined,
    prepare,
    separated,
)
from stores.sqlite_queries import (
    Query,
    conversations_query,
    marks_query,
    scan_query,
    sessions_query,
)
from stores.sqlite_writes import apply

T = TypeVar("T")

_READERS = 4


class SQLiteStore:
    """A `Store` in one file. Open it with `SQLiteStore.open`.

    SQLite blocks, so it runs in threads, each with a connection of its own: one that writes, and a
    few that read and never wait for it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer = ThreadPoolExecutor(1, "sqlite-writer")
        self._readers = ThreadPoolExecutor(_READERS, "sqlite-reader")
        self._thread = threading.local()
        self._connections: list[sqlite3.Connection] = []

    @classmethod
    async def open(cls, path: Path | str) -> "SQLiteStore":
        """Open a file, creating it where there is none.

        Raises StoreError if it is no SQLite file or another version of Recollect wrote it, and
        StoreUnavailable if its folder is missing.
        """
        store = cls(Path(path))
        await store._run(None, lambda: prepare(store._path))
        return store

    async def get(self, keys: Sequence[Key[Record]]) -> Snapshot:
        """See `Store.get`; all keys are read at one moment."""
        return await self._read(lambda connection: _get(connection, keys))

    async def commit(self, writes: Sequence[Write]) -> Committed:
        """See `Store.commit`."""
        return await self._write(lambda connection: apply(connection, writes))

    async def transact(self, keys: Sequence[Key[Record]], plan: Plan) -> Committed:
        """See `Store.transact`; the whole file is locked against writers meanwhile."""
        return await self._write(lambda connection: apply(connection, plan(_get(connection, keys))))

    async def list_sessions(
        self, uid: str, window: Window, query: SessionQuery = ALL_SESSIONS
    ) -> Sequence[Session]:
        """See `Store.list_sessions`."""
        return await self._list(Session, sessions_query(uid, window, query), window)

    async def list_conversations(
        self, uid: str, session_id: str, window: Window, order: ConversationOrder = "timestamp"
    ) -> Sequence[Conversation]:
        """See `Store.list_conversations`."""
        query = conversations_query(uid, session_id, window, order)
        return await self._list(Conversation, query, window)

    async def list_marks(self, uid: str, limit: int) -> Sequence[ExportMark]:
        """See `Store.list_marks`."""
        return [mark for _, mark in await self._select(ExportMark, marks_query(uid, limit))]

    async def scan_marks(self, after: Key[ExportMark] | None, limit: int) -> Sequence[ExportMark]:
        """See `Store.scan_marks`."""
        query = scan_query("marks", after, limit)
        return [mark for _, mark in await self._select(ExportMark, query)]

    async def scan(
        self, kind: type[R], after: Key[R] | None, limit: int
    ) -> Sequence[tuple[Key[R], R]]:
        """See `Store.scan`."""
        return await self._select(kind, scan_query(ROOTS[kind], after, limit))

    async def delete_user(self, uid: str) -> Mapping[str, int]:
        """See `Store.delete_user`; at last the file is written anew, and nobody can write then.

        Whoever appends for this user is refused with `RecordMissing` once the session's summary is
        gone. Raises StoreUnavailable if a program keeps reading an old state.
        """
        removed: Counter[str] = Counter()
        while some := await self._write(lambda connection: delete_some(connection, uid)):
            removed += some
        await self._run(self._writer, lambda: forget(self._connection()))
        return removed

    async def ping(self) -> None:
        """See `Store.ping`."""
        await self._read(lambda connection: connection.execute("SELECT last FROM clock").fetchone())

    async def close(self) -> None:
        """Finish what is under way and close the file."""
        for threads in (self._writer, self._readers):
            await asyncio.to_thread(threads.shutdown)
        for connection in self._connections:
            connection.close()

    async def _list(self, kind: type[R], query: Query, window: Window) -> Sequence[R]:
        records = [record for _, record in await self._select(kind, query)]
        return records[::-1] if window.from_end else records

    async def _select(self, kind: type[R], query: Query) -> Sequence[tuple[Key[R], R]]:
        def select(connection: sqlite3.Connection) -> Sequence[tuple[Key[R], R]]:
            return [
                (Key(kind, separated(path)), from_document(kind, json.loads(data), time))
                for path, data, time in connection.execute(*query).fetchall()
            ]

        return await self._read(select)

    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._run(self._readers, lambda: work(self._connection()))

    async def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        def write() -> T:
            with immediate(self._connection()) as connection:
                return work(connection)

        return await self._run(self._writer, write)

    async def _run(self, threads: ThreadPoolExecutor | None, work: Callable[[], T]) -> T:
        with errors_of_file(self._path):
            return await asyncio.get_running_loop().run_in_executor(threads, work)

    def _connection(self) -> sqlite3.Connection:
        """The connection of this thread."""
        if not hasattr(self._thread, "connection"):
            self._thread.connection = connect(self._path)
            self._connections.append(self._thread.connection)
        connection: sqlite3.Connection = self._thread.connection
        return connection


def _get(connection: sqlite3.Connection, keys: Sequence[Key[Record]]) -> Snapshot:
    paths = [joined(checked(key.path)) for key in keys]
    marks = ", ".join("?" * len(paths))
    rows = connection.execute(
        f"SELECT path, data, update_time FROM documents WHERE path IN ({marks})",  # noqa: S608
        paths,
    )
    found = {path: (data, update_time) for path, data, update_time in rows}
    return Snapshot(
        (key, from_document(key.kind, json.loads(found[path][0]), found[path][1]))
        if path in found
        else (key, None)
        for key, path in zip(keys, paths, strict=True)
    )
