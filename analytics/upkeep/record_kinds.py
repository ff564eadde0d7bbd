"""The kinds of record that are compared, and each record's position in the common order.

Positions of one kind sort as paths do in the store, part by part: the space between parts sorts
before every character of an id.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeAlias

from stores.mirror_records import Change

Changed: TypeAlias = tuple[str, Change]
"""A record: its owner's uid, and how a mark names it."""

START, END = "", "~"
"""Before and after every position."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record: its table and the statements that list and remove its rows."""

    name: Literal["profile", "session", "conversation"]
    table: str
    time: str
    """The column of the immutable time that is part of a row's key."""
    listing: str
    removal: str


KINDS = (
    Kind(
        "profile",
        "user_preferences_changes",
        "created_at",
        "mirrored_preferences",
        "remove_preferences",
    ),
    Kind("session", "user_sessions_changes", "created_at", "mirrored_sessions", "remove_sessions"),
    Kind(
        "conversation",
        "conversation_history_changes",
        "timestamp",
        "mirrored_turns",
        "remove_turns",
    ),
)


def position(uid: str, change: Change) -> str:
    """A record's position. Its time is the last part."""
    return f"{_path(uid, change)} {change.at:020}"


def position_after(uid: str, change: Change) -> str:
    """The position after every record with the same path, whatever its time."""
    return f"{_path(uid, change)} {END}"


def record_of(kind: Kind, values: Mapping[str, Any]) -> Changed:
    """The record of which a row in the warehouse is a version."""
    change = Change(
        kind=kind.name,
        session_id=values.get("session_id", ""),
        conversation_id=values.get("conversation_id", ""),
        at=micros(values[kind.time]),
    )
    return values["uid"], change


def micros(time: datetime) -> int:
    """Microseconds since 1970."""
    return (time - _EPOCH) // timedelta(microseconds=1)


def _path(uid: str, change: Change) -> str:
    return " ".join(filter(None, (uid, change.session_id, change.conversation_id)))
