"""The queries that read lists from the SQLite file. Each is served by an index."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from stores.documents import Operator, checked, filters, listed_collection
from stores.keys import Collection, Key, conversations_of, profile_key
from stores.ports import ConversationOrder, DueTime, Position, SessionQuery, Window
from stores.records import Record
from stores.sqlite.file import joined

Query: TypeAlias = tuple[str, Sequence[str | int]]
"""A statement and its values. The collection's name is part of the statement: otherwise SQLite
would not recognise that the collection's index serves it."""

_SELECT = "SELECT path, data, update_time FROM documents"
_LAST = "\x7f"
"""Sorts after every path."""

_CONDITIONS: Mapping[Operator, str] = {
    "==": "json_extract(data, '$.{name}') = ?",
    "array_contains": "? IN (SELECT value FROM json_each(data, '$.{name}'))",
}


def sessions_query(uid: str, window: Window, query: SessionQuery) -> Query:
    """A window of a user's sessions, in order from the end from which the window is read."""
    conditions = {
        _CONDITIONS[operator].format(name=name): value for name, operator, value in filters(query)
    }
    collection = ("users", uid, listed_collection(query))
    return _page(collection, query.order, window, conditions, descending=True)


def conversations_query(
    uid: str, session_id: str, window: Window, order: ConversationOrder
) -> Query:
    """A window of a session's turns, in order from the end from which the window is read."""
    turns = conversations_of(uid, session_id)
    return _page(turns.path, order, window, {}, descending=False)


def changed_query(collection: Collection[Record], window: Window) -> Query:
    """A window of a collection by last write, in order from the end from which the window is read."""
    return _page(collection.path, "update_time", window, {}, descending=False)


def scan_query(
    collection: str,
    after: Key[Record] | None,
    limit: int,
    until: Key[Record] | None = None,
) -> Query:
    """The records of all collections with a name, in path order."""
    return (
        f"{_SELECT} WHERE collection = '{collection}' AND path > ? AND path <= ? "
        "ORDER BY path LIMIT ?",
        (
            joined(checked(after.path)) if after else "",
            joined(checked(until.path)) if until else _LAST,
            limit,
        ),
    )


def due_query(time: DueTime, until: int, after: Position | None, limit: int) -> Query:
    """The profiles that are due: path, fields, time of the last write, and time due."""
    due = f"json_extract(data, '$.{time}')"
    begin, uid = after or (0, "")
    return (
        f"SELECT path, data, update_time, {due} FROM documents WHERE collection = 'users' "  # noqa: S608
        f"AND {due} >= ? AND {due} <= ? AND ({due}, path) > (?, ?) ORDER BY {due}, path LIMIT ?",
        (begin, until, begin, joined(checked(profile_key(uid).path)) if uid else "", limit),
    )


def owned_query(collection: str, uid: str, limit: int) -> Query:
    """One user's records in a collection that every user has, such as the export marks."""
    return (
        f"{_SELECT} WHERE collection = '{collection}' AND path > ? AND path < ? LIMIT ?",
        (*below(("users", uid, collection)), limit),
    )


def below(path: tuple[str, ...]) -> tuple[str, str]:
    """Two strings between which exactly the paths below this one sort."""
    start = joined((*checked(path), ""))
    return start, start[:-1] + chr(ord(start[-1]) + 1)


def _page(
    path: tuple[str, ...],
    order: str,
    window: Window,
    conditions: Mapping[str, str | int],
    *,
    descending: bool,
) -> Query:
    parent = joined(checked(path))
    beyond, short_of = ("<", ">") if descending else (">", "<")
    where = ["parent = ?", f"collection = '{path[-1]}'"]
    values: list[str | int] = [parent]
    for position, comparison in ((window.after, beyond), (window.before, short_of)):
        if position:
            where.append(f"({order}, path) {comparison} (?, ?)")
            values += [position[0], joined((parent, position[1]))]
    direction = "DESC" if descending != window.from_end else "ASC"
    return (
        f"{_SELECT} WHERE {' AND '.join([*where, *conditions])} "
        f"ORDER BY {order} {direction}, path {direction} LIMIT ?",
        [*values, *conditions.values(), window.limit],
    )
