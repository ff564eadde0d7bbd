"""Shortcuts for making records, for tests that depend on only a field or two."""

from typing import Any

from stores.keys import conversation_key, mark_key, session_key
from stores.mirror_records import Change, ExportMark
from stores.ports import Create, Update, Write
from stores.records import Conversation, Session


def session(session_id: str = "s", **fields: Any) -> Session:
    """A session created at time 1."""
    times = dict.fromkeys(("created_at", "last_active", "touched_at", "oldest_turn_at"), 1)
    return Session(session_id=session_id, **{**times, **fields})


def turn(conversation_id: str = "c", session_id: str = "s", **fields: Any) -> Conversation:
    """A turn asked at time 1."""
    return Conversation(
        session_id=session_id,
        conversation_id=conversation_id,
        **{"query": "why", "timestamp": 1, "recorded_at": 1, **fields},
    )


def mark(mark_id: str, uid: str = "u", at: int = 1) -> ExportMark:
    """A mark that names a user's profile."""
    return ExportMark(uid=uid, mark_id=mark_id, changes=[Change(kind="profile", at=at)])


def create_session(session_id: str = "s", uid: str = "u", **fields: Any) -> Create:
    """The write that creates a session."""
    return Create(session_key(uid, session_id), session(session_id, **fields))


def create_mark(mark_id: str, uid: str = "u") -> Create:
    """The write that creates a mark."""
    return Create(mark_key(uid, mark_id), mark(mark_id, uid))


def append(conversation_id: str, session_id: str = "s", uid: str = "u", at: int = 1) -> list[Write]:
    """The commit that records one turn."""
    return [
        Create(
            conversation_key(uid, session_id, conversation_id),
            turn(conversation_id, session_id, timestamp=at),
        ),
        Update(
            session_key(uid, session_id),
            increase={"conversation_count": 1},
            raise_to={"last_active": at},
        ),
        create_mark(f"mark-{session_id}-{conversation_id}", uid),
    ]
