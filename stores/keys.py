"""Where records live. Every path starts with its owner, so no caller can name another user's record."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from stores.records import Conversation, Erasure, ExportMark, Profile, Record, Session

R = TypeVar("R", bound=Record)
R_co = TypeVar("R_co", bound=Record, covariant=True)


@dataclass(frozen=True, slots=True)
class Key(Generic[R_co]):
    """The place of one record: alternating collection names and ids, as in Firestore."""

    kind: type[R_co]
    path: tuple[str, ...]

    @property
    def uid(self) -> str:
        """The owner of the record."""
        return self.path[1]

    @property
    def collection(self) -> tuple[str, ...]:
        """The path of the collection that holds the record."""
        return self.path[:-1]

    @property
    def id(self) -> str:
        """The record's id within its collection."""
        return self.path[-1]


def profile_key(uid: str) -> Key[Profile]:
    """The profile of a user."""
    return Key(Profile, ("users", uid))


def session_key(uid: str, session_id: str) -> Key[Session]:
    """A session that is not in the trash."""
    return Key(Session, ("users", uid, "sessions", session_id))


def trash_key(uid: str, session_id: str) -> Key[Session]:
    """The summary of a deleted session, until it is purged."""
    return Key(Session, ("users", uid, "trash", session_id))


def conversation_key(uid: str, session_id: str, conversation_id: str) -> Key[Conversation]:
    """A turn. It stays in this place while its session is in the trash."""
    return Key(
        Conversation, ("users", uid, "sessions", session_id, "conversations", conversation_id)
    )


def erasure_key(uid: str) -> Key[Erasure]:
    """The erasure of a user; it lies outside of what it erases."""
    return Key(Erasure, ("erased", uid))


def mark_key(uid: str, mark_id: str) -> Key[ExportMark]:
    """An export mark."""
    return Key(ExportMark, ("users", uid, "marks", mark_id))
