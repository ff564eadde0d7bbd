"""The store of the embedded default: one SQLite file, safe for several processes at once."""

import asyncio
import json
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from stores.documents import checked, from_document
from stores.keys import Key, R
from stores.ports import (
    Committed,
    Plan,
    Snapshot,
    StoreUnavailable,
    Window,
    Write,
)
from stores.records import Conversation, ExportMark, Record, Session
from stores.sqlite_file import connect, immediate, joined, prepare
from stores.sqlite_writes import apply

T = TypeVar("T")

_READERS = 4

SCAN_MARKS = (
    "SELECT data, update_time FROM documents "
    "WHERE collection = 'marks' AND path > ? ORDER BY path LIMIT ?"
)


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

        Raises StoreError if a newer Recollect wrote it.
        """
        file = Path(path)
        await _run(None, lambda: prepare(file))
        return cls(file)

    async def get(self, keys: Sequence[Key[Record]]) -> Snapshot:
        """See `Store.get`; all keys are read at one moment."""
        return await self._read(lambda connection: _get(connection, keys))

    async def commit(self, writes: Sequence[Write]) -> Committed:
        """See `Store.commit`."""
        return await self._write(lambda connection: apply(connection, writes))

    async def transact(self, keys: Sequence[Key[Record]], plan: Plan) -> Committed:
        """See `Store.transact`; the whole file is locked against writers meanwhile."""
        return await self._write(lambda connection: apply(connection, plan(_get(connection, keys))))

    async def list_sessions(self, uid: str, window: Window) -> Sequence[Session]:
        """See `Store.list_sessions`."""
        collection = ("users", uid, "sessions")
        return await self._list(Session, collection, window, descending=True)

    async def list_conversations(
        self, uid: str, session_id: str, window: Window
    ) -> Sequence[Conversation]:
        """See `Store.list_conversations`."""
        collection = ("users", uid, "sessions", session_id, "conversations")
        return await self._list(Conversation, collection, window, descending=False)

    async def list_marks(self, uid: str, limit: int) -> Sequence[ExportMark]:
        """See `Store.list_marks`."""
        parent = joined(checked(("users", uid, "marks")))
        query = "SELECT data, update_time FROM documents WHERE parent = ? LIMIT ?"
        return await self._select(ExportMark, query, (parent, limit))

    async def scan_marks(self, after: Key[ExportMark] | None, limit: int) -> Sequence[ExportMark]:
        """See `Store.scan_marks`."""
        start = joined(checked(after.path)) if after else ""
        return await self._select(ExportMark, SCAN_MARKS, (start, limit))

    async def ping(self) -> None:
        """See `Store.ping`."""
        await self._read(lambda connection: connection.execute("SELECT last FROM clock").fetchone())

    async def close(self) -> None:
        """Finish what is under way and close the file."""
        for threads in (self._writer, self._readers):
            await asyncio.to_thread(threads.shutdown)
        for connection in self._connections:
            connection.close()

    async def _list(
        self, kind: type[R], collection: tuple[str, ...], window: Window, *, descending: bool
    ) -> Sequence[R]:
        query, values = page_query(joined(checked(collection)), window, descending=descending)
        records = await self._select(kind, query, values)
        return records[::-1] if window.from_end else records

    async def _select(self, kind: type[R], query: str, values: Sequence[str | int]) -> Sequence[R]:
        def select(connection: sqlite3.Connection) -> Sequence[R]:
            rows = connection.execute(query, values).fetchall()
            return [from_document(kind, json.loads(data), time) for data, time in rows]

        return await self._read(select)

    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await _run(self._readers, lambda: work(self._connection()))

    async def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        def write() -> T:
            with immediate(self._connection()) as connection:
                return work(connection)

        return await _run(self._writer, write)

    def _connection(self) -> sqlite3.Connection:
        """The connection of this thread."""
        if not hasattr(self._thread, "connection"):
            self._thread.connection = connect(self._path)
            self._connections.append(self._thread.connection)
        connection: sqlite3.Connection = self._thread.connection
        return connection


async def _run(threads: ThreadPoolExecutor | None, work: Callable[[], T]) -> T:
    try:
        return await asyncio.get_running_loop().run_in_executor(threads, work)
    except sqlite3.OperationalError as error:
        raise StoreUnavailable("the SQLite file is locked or can't be read or written") from error


def page_query(parent: str, window: Window, *, descending: bool) -> tuple[str, Sequence[str | int]]:
    """The query for a window of an ordered collection, and its values; the records come from the
    end that the window is read from."""
    beyond, short_of = ("<", ">") if descending else (">", "<")
    where = ["parent = ?"]
    values: list[str | int] = [parent]
    for position, comparison in ((window.after, beyond), (window.before, short_of)):
        if position:
            where.append(f"(position, path) {comparison} (?, ?)")
            values += [position[0], joined((parent, position[1]))]
    order = "DESC" if descending != window.from_end else "ASC"
    query = (
        f"SELECT data, update_time FROM documents WHERE {' AND '.join(where)} "  # noqa: S608
        f"ORDER BY position {order}, path {order} LIMIT ?"
    )
    return query, [*values, window.limit]


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
