"""Reads and writes the documents of all collections as they are stored, for copies of a whole store."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing

from stores.bulk import Stored
from stores.documents import checked, memory, parsed
from stores.errors import Unreadable
from stores.keys import Key
from stores.ports import Write
from stores.records import Record
from stores.sqlite.file import joined, separated
from stores.sqlite.writes import apply, next_time, to_text


def read_all(
    connection: sqlite3.Connection, after: tuple[str, ...] | None, limit: int, size: int
) -> Sequence[Stored]:
    """See `BulkStore.read_all`."""
    found: list[Stored] = []
    statement = "SELECT path, data, update_time FROM documents WHERE path > ? ORDER BY path LIMIT ?"
    with closing(connection.execute(statement, (joined(after or ()), limit))) as rows:
        for path, data, update_time in rows:
            fields = parsed(data)
            if not isinstance(fields, dict):
                raise Unreadable(Key(Record, separated(path)), ["no fields"], update_time)
            found.append(Stored(separated(path), fields))
            size -= memory(fields)
            if size <= 0:
                break
    return found


def put_all(
    connection: sqlite3.Connection, documents: Sequence[Stored], writes: Sequence[Write]
) -> None:
    """See `BulkStore.put_all`; in the caller's transaction."""
    now = next_time(connection)
    connection.executemany(
        "INSERT OR REPLACE INTO documents (path, parent, collection, data, update_time) "
        "VALUES (?, ?, ?, ?, ?)",
        (
            (joined(path), joined(path[:-1]), path[-2], to_text(document.fields), now)
            for document in documents
            for path in [checked(document.path)]
        ),
    )
    apply(connection, writes)
