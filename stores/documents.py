"""The form of a record as a document: named fields of plain JSON types, the same in every store."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from sys import getsizeof
from typing import Any, Literal, TypeAlias, get_args

import orjson
from pydantic import TypeAdapter, ValidationError

from stores.bounds import check_field, check_record, faults, json_text
from stores.errors import Unreadable
from stores.keys import Key, R
from stores.mirror_records import DeadLetter, Erasure, ExportMark
from stores.ports import ConversationOrder, DueTime, Entry, SessionOrder, SessionQuery, Update
from stores.records import Branch, Conversation, Profile, Record, Session

ORDERS: Mapping[str, tuple[str, ...]] = {
    "sessions": tuple(name for name in get_args(SessionOrder) if name != "deleted_at"),
    "trash": tuple(name for name in get_args(SessionOrder) if name != "conversation_count"),
    "conversations": get_args(ConversationOrder),
}
"""The fields by which each collection may be ordered, before the id."""

ROOTS: Mapping[type[Record], str] = {Profile: "users", Erasure: "erased"}
"""The top-level collections, by the kind of record they hold."""

GROUPS: Mapping[type[Record], str] = {
    Session: "sessions",
    Conversation: "conversations",
    DeadLetter: "dead_letters",
}
"""The collections that every user or session has, by the kind of record they hold."""

DUE_TIMES: tuple[str, ...] = get_args(DueTime)
"""The fields of a profile by which due profiles are found."""

Operator: TypeAlias = Literal["==", "array_contains"]

_OPAQUE: Mapping[type[Record], frozenset[str]] = {
    Session: frozenset({"metadata", "branches"}),
    Conversation: frozenset({"metadata", "citations"}),
}
"""Fields that are kept as JSON text. Arbitrary JSON, because Firestore would refuse nested arrays, large
integers and some keys, and would index the rest. Branches, because one comparison shows whether up to 200 of
them are unchanged and need no checks at a read. Earlier, branches were stored as an array."""

ASKED_AT = "asked_at"
"""A turn's place is stored as `timestamp`, by which turns are listed: before there were branches, a turn's
place was its time. If they differ, this field has the time."""

_JSON = frozenset[str]().union(*_OPAQUE.values())
_PART = 32
"""Bytes of memory counted for each bracket and comma of JSON. An empty array within another takes
about 64."""

_NONE = getsizeof(None)

_SURROGATE = "\\ud"
"""The beginning of an escaped surrogate; half of a surrogate pair can't be sent to clients."""

_TREES_KEPT = 32
"""The number of sessions whose parsed branches are kept in memory: at most 10 MB."""
_BRANCHES = TypeAdapter(tuple[Branch, ...])

# Made once: `json.loads` makes a decoder for each text, which takes longer than decoding a short one.
_DECODER = json.JSONDecoder(parse_constant=lambda _: None)

_ID = re.compile(r"(?!__.*__\Z)[A-Za-z0-9_-]{1,1500}")


def checked(path: tuple[str, ...]) -> tuple[str, ...]:
    """The path itself, if every id in it is allowed. An id with other characters could point elsewhere.

    Raises ValueError for an id outside `[A-Za-z0-9_-]` or of the form `__x__`, which Firestore
    reserves.
    """
    for part in path:
        if not _ID.fullmatch(part):
            raise ValueError("a record's id may have the characters A-Z a-z 0-9 _ - only")
    return path


def listed_collection(query: SessionQuery) -> str:
    """The collection that a query of sessions reads.

    Raises ValueError if that collection can't be listed in the query's order.
    """
    collection = "trash" if query.trash else "sessions"
    if query.order not in ORDERS[collection]:
        raise ValueError(f"{collection} can't be listed by {query.order}")
    return collection


def scanned_collection(kind: type[Record], trash: bool) -> str:
    """The collection group that a scan of a kind of record reads."""
    return "trash" if trash else {**ROOTS, **GROUPS}[kind]


def filters(query: SessionQuery) -> Sequence[tuple[str, Operator, str | bool]]:
    """The conditions of a query of sessions: field, operator and value."""
    every: Sequence[tuple[str, Operator, str | bool | None]] = (
        ("temporary", "==", query.temporary),
        ("status", "==", query.status),
        ("pinned", "==", query.pinned),
        ("tags", "array_contains", query.tag),
    )
    return [(name, operator, value) for name, operator, value in every if value is not None]


def has_all(query: SessionQuery, session: Session) -> bool:
    """Whether a session meets all conditions of a query."""
    return all(
        value in session.tags if operator == "array_contains" else getattr(session, name) == value
        for name, operator, value in filters(query)
    )


@cache
def stored_fields(kind: type[Record]) -> Sequence[str]:
    """The names of a record's stored fields."""
    return [name for name, field in kind.model_fields.items() if not field.exclude]


def to_document(record: Record) -> dict[str, Any]:
    """The fields of a record as they are stored; raises ValueError for a value outside its bounds."""
    document = record.model_dump()
    check_record(type(record), document)
    if isinstance(record, Conversation) and document.pop("moved_to") is not None:
        document |= {"timestamp": record.place, ASKED_AT: record.timestamp}
    for name in _OPAQUE.get(type(record), ()):
        document[name] = json_text(document[name])
    return document


def memory(fields: object) -> int:
    """About how many bytes of memory a record with these stored fields takes."""
    if not isinstance(fields, dict):
        return getsizeof(fields)
    parts = 0
    for name in _JSON:
        text = fields.get(name)
        if isinstance(text, str):
            parts += text.count("[") + text.count("{") + text.count(",")
    values = [value for value in fields.values() if value is not None]
    nones = len(fields) - len(values)
    return sum(map(getsizeof, values)) + nones * _NONE + _PART * parts


def parsed(text: str) -> object:
    """The value that was stored as JSON text, or None if the text is not JSON.

    Numbers that are not finite, which an earlier release accepted, become null.
    """
    if text == "{}":  # most metadata by far
        return {}
    if text == "[]":  # most citations
        return []
    try:
        value = _DECODER.decode(text)
        if _SURROGATE in text.lower():
            json_text(value)
    except (TypeError, ValueError, RecursionError):
        return None
    return value


def parsed_fields(text: str) -> object:
    """The fields with which a record was stored, only for reading: an integer of more than 64 bits, which
    no field may have, would change when written again. Otherwise the same as `parsed`, but faster."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return parsed(text)


def from_document(key: Key[R], document: object, update_time: int) -> Entry[R]:
    """The record that was stored as `document`, or why it can't be read. An absent field gets its default."""
    if not isinstance(document, dict):
        return Unreadable(key, ["no fields"], update_time)
    fields = {**document, "update_time": update_time}
    if key.kind is Conversation and fields.get(ASKED_AT) is not None:
        fields |= {"moved_to": fields.get("timestamp"), "timestamp": fields.pop(ASKED_AT)}
    if key.kind is ExportMark:
        # A mark is deleted by these two fields.
        fields |= {"uid": key.uid, "mark_id": key.id}
    for name in _OPAQUE.get(key.kind, ()):
        if name not in fields:
            continue
        if name != "branches":
            fields[name] = parsed(fields[name])
        elif isinstance(fields[name], str):
            fields[name] = _branches(fields[name])
    try:
        # As `model_validate` does, without looking at its options.
        record: R = key.kind.__pydantic_validator__.validate_python(fields)
        return record
    except ValidationError as error:
        return Unreadable(key, faults(error), update_time)


def changed_fields(update: Update) -> dict[str, Any]:
    """The fields an update sets, as they are stored.

    Raises ValueError if the update names a field twice, or one field within another, or a part of
    an opaque field, and for a value outside its field's bounds.
    """
    names = sorted(
        name.split(".")
        for group in (update.set, update.unset, update.increase, update.raise_to)
        for name in group
    )
    for name, following in pairwise(names):
        if following[: len(name)] == name:
            raise ValueError(f"an update changes {'.'.join(name)} more than once")
    opaque = _OPAQUE.get(update.key.kind, frozenset())
    if any(len(name) > 1 and name[0] in opaque for name in names):
        raise ValueError("an update changes a part of a field that is stored as text")
    for field, value in (*update.set.items(), *update.raise_to.items()):
        check_field(update.key.kind, field, value)
    return {
        name: json_text(value) if name in opaque else value for name, value in update.set.items()
    }


@lru_cache(_TREES_KEPT)
def _branches(text: str) -> object:
    """The branches in a text or, if it has none, its value, in which the session's faults are then found."""
    try:
        return _BRANCHES.validate_json(text)
    except ValidationError:
        return parsed(text)
