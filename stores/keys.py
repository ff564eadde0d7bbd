"""The paths of records. Every path starts with its owner, so no caller can name another user's record."""

from typing import Generic, NamedTuple, TypeVar

from stores.mail_records import Dismissal, Mail, MailFigures
from stores.mirror_records import Backfill, Copying, DeadLetter, Erasure, ExportMark, Lease
from stores.records import Conversation, Profile, Record, Removal, Session

R = TypeVar("R", bound=Record)
R_co = TypeVar("R_co", bound=Record, covariant=True)


BEFORE_IDS = "-"
"""Sorts before every id: they begin with a letter or a digit."""
AFTER_IDS = "z" * 64
"""No id sorts after it."""


class Key(NamedTuple, Generic[R_co]):
    """The path of one record: collection names and ids in turn, as in Firestore. A named tuple, because keys
    are looked up all the time."""

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


class Collection(NamedTuple, Generic[R_co]):
    """A collection of records of one kind."""

    kind: type[R_co]
    path: tuple[str, ...]


def sessions_of(uid: str) -> Collection[Session]:
    """A user's sessions that are not in the trash."""
    return Collection(Session, ("users", uid, "sessions"))


def trash_of(uid: str) -> Collection[Session]:
    """A user's deleted sessions."""
    return Collection(Session, ("users", uid, "trash"))


def removals_of(uid: str) -> Collection[Removal]:
    """The notes of a user's purged sessions."""
    return Collection(Removal, ("users", uid, "removals"))


def mails_of(uid: str) -> Collection[Mail]:
    """The mails to a user."""
    return Collection(Mail, ("users", uid, "mails"))


def dismissals_of(uid: str) -> Collection[Dismissal]:
    """The notices that a user dismissed."""
    return Collection(Dismissal, ("users", uid, "dismissals"))


def conversations_of(uid: str, session_id: str) -> Collection[Conversation]:
    """A session's turns."""
    return Collection(Conversation, ("users", uid, "sessions", session_id, "conversations"))


CHANGING = frozenset(
    each.path[-1]
    for each in (
        *(sessions_of(""), trash_of(""), removals_of(""), conversations_of("", "")),
        *(mails_of(""), dismissals_of("")),
    )
)
"""The collections that are listed by last write."""

OF_PROCESSES = frozenset({"leases", "upkeep"})
"""The top-level collections in which processes record their own work. A copy of a store leaves them out."""


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
    """A turn. It keeps this path while its session is in the trash."""
    return Key(
        Conversation, ("users", uid, "sessions", session_id, "conversations", conversation_id)
    )


def erasure_key(uid: str) -> Key[Erasure]:
    """The record of a user's erasure. It is stored outside of the erased data."""
    return Key(Erasure, ("erased", uid))


def removal_key(uid: str, removal_id: str) -> Key[Removal]:
    """The note of a purged session."""
    return Key(Removal, ("users", uid, "removals", removal_id))


def mark_key(uid: str, mark_id: str) -> Key[ExportMark]:
    """An export mark."""
    return Key(ExportMark, ("users", uid, "marks", mark_id))


def dead_letter_key(uid: str, letter_id: str) -> Key[DeadLetter]:
    """A user's record that the warehouse will not accept."""
    return Key(DeadLetter, ("users", uid, "dead_letters", letter_id))


def copying_key() -> Key[Copying]:
    """The progress of a copy into this store."""
    return Key(Copying, ("upkeep", "copying"))


def mail_key(uid: str, mail_id: str) -> Key[Mail]:
    """A mail to a user."""
    return Key(Mail, ("users", uid, "mails", mail_id))


def dismissal_key(uid: str, notice_id: str) -> Key[Dismissal]:
    """The note that a user dismissed a notice."""
    return Key(Dismissal, ("users", uid, "dismissals", notice_id))


def mail_figures_key() -> Key[MailFigures]:
    """The figures on the outcomes of all mails."""
    return Key(MailFigures, ("upkeep", "mails"))


def backfill_key() -> Key[Backfill]:
    """The progress of a backfill."""
    return Key(Backfill, ("upkeep", "backfill"))


def lease_key(name: str) -> Key[Lease]:
    """The lease of one range of the export marks."""
    return Key(Lease, ("leases", name))
