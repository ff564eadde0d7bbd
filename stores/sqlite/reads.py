"""Reads from the SQLite file that turn its rows into records."""

import sqlite3
from collections.abc import Generator, Sequence
from contextlib import closing

import orjson

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
    entries: list[tuple[Key[Record], Entry[Record] | None]] = []
    for key, path in zip(keys, paths, strict=True):
        if path in found:
            data, update_time = found[path]
            entries.append((key, from_document(key, parsed_fields(data), update_time)))
        else:
            entries.append((key, None))
    return Snapshot(entries)


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
    with closing(_documents(connection, query, size)) as documents:
        for path, fields, time in documents:
            key = Key(kind, separated(path))
            found.append((key, from_document(key, fields, time)))
            if size is not None:
                taken += memory(fields)
                if taken >= size:
                    break
    return found, taken


def _documents(
    connection: sqlite3.Connection, query: Query, size: int | None
) -> Generator[tuple[str, object, int], None, None]:
    """The path, the fields and the last write of each document that a query selects, in its order.

    They come as one row, unless their text takes more than `size` bytes: Python's module lets go of the
    interpreter's lock for each row, and beside a busy event loop a thread would wait for it after each.
    """
    statement, values = query
    joined_fields = "group_concat(path), group_concat(update_time), group_concat(data)"
    # SQLite joins them in their order, because each query has a limit and must be sorted before.
    together = f"SELECT 1, {joined_fields} FROM ({statement})"  # noqa: S608
    if size is not None:
        fits = f"SELECT ifnull(sum(length(CAST(data AS BLOB))), 0) <= ? AS fits FROM ({statement})"  # noqa: S608
        together = f"SELECT fits, {joined_fields} FROM ({fits}) LEFT JOIN ({statement}) ON fits"  # noqa: S608
        values = [size, *values, *values]
    fit, paths, times, data = connection.execute(together, values).fetchone()
    try:
        documents = orjson.loads(f"[{data or ''}]") if fit else None
    except orjson.JSONDecodeError:
        documents = None  # one of them has a number that orjson refuses
    if documents is not None:
        if documents:
            yield from zip(paths.split(","), documents, map(int, times.split(",")), strict=True)
        return
    with closing(connection.execute(*query)) as rows:
        for path, text, time in rows:
            yield path, parsed_fields(text), time
