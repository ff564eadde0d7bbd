"""Reads from the SQLite file that turn its rows into records."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing

from stores.documents import checked, from_document, memory, parsed_fields
from stores.keys import Key, R
from stores.ports import Due, Entry, Snapshot
from stores.records import Profile, Record
from stores.sqlite.file import joined, separated
from stores.sqlite.queries import Query


def get(connection: sqlite3.Connection, keys: Sequence[Key[Record]]) -> Snapshot:
    """The records at these keys. Raises ValueError for an id with disallowed characters."""
    paths = [joined(checked(key.path)) for key in keys]
    marks = ", ".join("?" * len(paths))
    rows = connection.execute(
        f"SELECT path, data, update_time FROM documents WHERE path IN ({marks})",  # noqa: S608
        paths,
    )
    found = {path: (data, update_time) for path, data, update_time in rows}
    return Snapshot(
        (key, from_document(key, parsed_fields(found[path][0]), found[path][1]))
        if path in found
        else (key, None)
        for key, path in zip(keys, paths, strict=True)
    )


def due(connection: sqlite3.Connection, query: Query) -> Sequence[Due]:
    """The profiles found by a query for due times."""
    rows = connection.execute(*query)
    keys = ((Key(Profile, separated(path)), *row) for path, *row in rows)
    return [
        Due((at, key.uid), from_document(key, parsed_fields(data), written))
        for key, data, written, at in keys
    ]


def take(
    connection: sqlite3.Connection, kind: type[R], query: Query, size: int | None
) -> tuple[Sequence[tuple[Key[R], Entry[R]]], int]:
    """The results of a query, and their memory. With a `size` it stops after the record that brings the
    memory to that; without one, the memory is given as 0."""
    found: list[tuple[Key[R], Entry[R]]] = []
    taken = 0
    with closing(connection.execute(*query)) as rows:
        for path, data, time in rows:
            key, fields = Key(kind, separated(path)), parsed_fields(data)
            found.append((key, from_document(key, fields, time)))
            if size is not None:
                taken += memory(fields)
                if taken >= size:
                    break
    return found, taken
