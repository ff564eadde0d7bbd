"""Applies the writes of a commit to the SQLite file, in the caller's transaction."""

import json
import sqlite3
import time
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from stores.documents import changed_fields, checked, parsed, to_document
from stores.errors import RecordChanged, RecordExists, RecordMissing, Unreadable
from stores.ports import Committed, Create, Delete, Update, Write
from stores.sqlite.file import joined


def apply(connection: sqlite3.Connection, writes: Sequence[Write]) -> Committed:
    """Apply all writes with one new commit time; raises at the first that fails."""
    if not writes:
        return Committed(0, ())
    commit_time = next_time(connection)
    return Committed(commit_time, [_apply(connection, write, commit_time) for write in writes])


def next_time(connection: sqlite3.Connection) -> int:
    """The time of a new commit: now, but later than every earlier commit."""
    (commit_time,) = connection.execute(
        "UPDATE clock SET last = max(?, last + 1) RETURNING last", (time.time_ns() // 1000,)
    ).fetchone()
    return int(commit_time)


def _apply(connection: sqlite3.Connection, write: Write, commit_time: int) -> Mapping[str, int]:
    match write:
        case Create():
            _create(connection, write, commit_time)
        case Update():
            return _update(connection, write, commit_time)
        case Delete():
            connection.execute(
                "DELETE FROM documents WHERE path = ?", (joined(checked(write.key.path)),)
            )
    return {}


def _create(connection: sqlite3.Connection, write: Create, commit_time: int) -> None:
    path = checked(write.key.path)
    created = connection.execute(
        "INSERT INTO documents VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (
            joined(path),
            joined(path[:-1]),
            path[-2],
            to_text(to_document(write.record)),
            commit_time,
        ),
    )
    if not created.rowcount:
        raise RecordExists("a record to be created exists already")


def _update(connection: sqlite3.Connection, write: Update, commit_time: int) -> Mapping[str, int]:
    path = checked(write.key.path)
    row = connection.execute(
        "SELECT data, update_time FROM documents WHERE path = ?", (joined(path),)
    ).fetchone()
    if write.unchanged_since not in (None, row and row[1]):
        raise RecordChanged("a record was written since it was read")
    if row is None:
        raise RecordMissing("a record to be updated does not exist")
    document = parsed(row[0])
    if not isinstance(document, dict):
        raise Unreadable(write.key, ["no fields"], row[1])
    transformed = _change(document, write)
    text = to_text(document)
    if text != row[0]:
        connection.execute(
            "UPDATE documents SET data = ?, update_time = ? WHERE path = ?",
            (text, commit_time, joined(path)),
        )
    return transformed


def _change(document: dict[str, Any], update: Update) -> Mapping[str, int]:
    transformed = {}
    for name, value in changed_fields(update).items():
        fields, last = _parent_and_name(document, name)
        fields[last] = value
    for name in update.unset:
        fields, last = _parent_and_name(document, name)
        fields.pop(last, None)
    for name, amount in update.increase.items():
        fields, last = _parent_and_name(document, name)
        fields[last] = transformed[name] = _number(fields.get(last), 0) + amount
    for name, least in update.raise_to.items():
        fields, last = _parent_and_name(document, name)
        fields[last] = transformed[name] = max(_number(fields.get(last), least), least)
    return transformed


def _number(value: object, default: int) -> int:
    """The number itself, or `default` if the value is not a number, as in Firestore."""
    return value if isinstance(value, int) else default


def _parent_and_name(document: dict[str, Any], name: str) -> tuple[dict[str, Any], str]:
    """The map that contains a field, created if it is missing, and the field's name in it."""
    *parents, last = name.split(".")
    fields = document
    for parent in parents:
        if not isinstance(fields.get(parent), dict):
            fields[parent] = {}
        fields = fields[parent]
    return fields, last


def to_text(document: Mapping[str, Any]) -> str:
    """JSON that is the same for equal documents, so that a write without changes is recognised."""
    try:
        return orjson.dumps(document, option=orjson.OPT_SORT_KEYS).decode()
    except orjson.JSONEncodeError:  # an integer of more than 64 bits, which another version wrote
        return json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
