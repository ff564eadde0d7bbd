"""The port that every store implements. It is modelled on Firestore, the more restrictive of the two.

Reads are batched. Commits are atomic and blind: they use preconditions and transforms, not
read-modify-write. Only `transact` locks the records that it reads.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, Protocol, TypeAlias

from stores.errors import Unreadable
from stores.keys import Collection, Key, R, R_co
from stores.mirror_records import DeadLetter, ExportMark
from stores.records import (
    Conversation,
    Profile,
    Record,
    Session,
    SessionListRow,
    SessionStatus,
)

Entry: TypeAlias = R | Unreadable
"""A record, or the reason why it can't be read."""


def readable(entry: Entry[R]) -> R:
    """The record itself; raises `Unreadable` if it can't be read."""
    if isinstance(entry, Unreadable):
        raise entry
    return entry


@dataclass(frozen=True, slots=True)
class Create:
    """Write a record that must not exist yet (else `RecordExists`)."""

    key: Key[Record]
    record: Record


@dataclass(frozen=True, slots=True)
class Update:
    """Change some fields of a record that must exist (else `RecordMissing`).

    Field names are dotted paths (`preferences.ui_settings.theme`). `unchanged_since` is the
    `update_time` that the record must still have (else `RecordChanged`). An update that changes
    nothing may leave `update_time` as it is.
    """

    key: Key[Record]
    set: Mapping[str, Any] = field(default_factory=dict)
    unset: Sequence[str] = ()
    increase: Mapping[str, int] = field(default_factory=dict)
    raise_to: Mapping[str, int] = field(default_factory=dict)
    """Integer fields, each set to the larger of its value and this one."""
    unchanged_since: int | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove a record. It is no error if there is no such record."""

    key: Key[Record]


Write: TypeAlias = Create | Update | Delete


@dataclass(frozen=True, slots=True)
class Committed:
    """A commit that was written.

    `time` is the commit time: the `update_time` of every record it wrote. `transformed` has, for
    each write in order, the new values of the fields in its `increase` and `raise_to` (empty for
    other writes).
    """

    time: int
    transformed: Sequence[Mapping[str, int]]


class Snapshot:
    """The result of a batched read: the records that exist, by key."""

    def __init__(self, entries: Iterable[tuple[Key[Record], Entry[Record] | None]] = ()) -> None:
        self._entries: dict[Key[Record], Any] = dict(entries)

    def get(self, key: Key[R]) -> R | None:
        """The record at `key`, or None; raises `Unreadable`, and KeyError if `key` was not read."""
        entry: Entry[R] | None = self._entries[key]
        if isinstance(entry, Unreadable):
            raise entry
        return entry

    def entry(self, key: Key[R]) -> Entry[R] | None:
        """The same, but `Unreadable` is returned and not raised."""
        entry: Entry[R] | None = self._entries[key]
        return entry

    def add(self, other: "Snapshot") -> None:
        """Take over what another read found."""
        self._entries.update(other._entries)


Plan: TypeAlias = Callable[[Snapshot], Sequence[Write]]
"""Decides, from the records a transaction has read, what it writes. It may raise, so that nothing is written.
It is called again if the transaction is retried, so it must have no other effect."""

Wake: TypeAlias = Callable[[], None]
"""Called in the event loop when it is time to look again. It returns immediately and raises nothing."""

Position: TypeAlias = tuple[int, str]
"""A position in an ordered list: the value it is ordered by, and the record's id. An empty id sorts
before every id."""


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of an ordered list to read: at most `limit` records strictly after `after` and
    strictly before `before`, counted from the front or, with `from_end`, from the back. Either way
    the records come in the list's own order."""

    limit: int
    after: Position | None = None
    before: Position | None = None
    from_end: bool = False


SessionOrder: TypeAlias = Literal[
    "last_active", "created_at", "touched_at", "oldest_turn_at", "conversation_count", "deleted_at"
]
DueTime: TypeAlias = Literal["summary_due_at", "reminder_due_at"]
"""The times of a profile by which due profiles are found."""
ConversationOrder: TypeAlias = Literal["timestamp", "recorded_at"]
"""A turn's place is stored under the name `timestamp`."""


@dataclass(frozen=True, slots=True)
class SessionQuery:
    """Which sessions to list: those that match every field that is not None. The order is always
    descending."""

    order: SessionOrder = "last_active"
    status: SessionStatus | None = None
    pinned: bool | None = None
    tag: str | None = None
    temporary: bool = False
    trash: bool = False
    """List the trash instead. It alone has the order `deleted_at`, and it lacks `conversation_count`."""


ALL_SESSIONS = SessionQuery()
"""Active and archived sessions, latest activity first."""


@dataclass(frozen=True, slots=True)
class Changed(Generic[R_co]):
    """A record, and its position in the order of last writes, by the store's own clock."""

    at: Position
    record: R_co


@dataclass(frozen=True, slots=True)
class Due:
    """A profile that is due by one of its times, and its position among these profiles."""

    at: Position
    """The time, and the user's id."""
    profile: Entry[Profile]


@dataclass(frozen=True, slots=True)
class Portion(Generic[R_co]):
    """The records of a window that fit into the requested size."""

    records: Sequence[R_co]
    more: bool
    """Whether there may be more records, within the window or beyond its limit."""
    size: int
    """About how many bytes of memory the records take."""


SETTLING = 1_000_000
"""By how many microseconds the order of changes may differ from the order of their commits."""


class Store(Protocol):
    """Sessions, turns, profiles and export marks, kept durably.

    Every method may raise `StoreUnavailable`. Methods that list records, not entries, may also
    raise `Unreadable`."""

    async def get(self, keys: Sequence[Key[Record]]) -> Snapshot:
        """Read records in one request. Each is read at some moment during the request, not necessarily the
        same one: Firestore guarantees no more."""

    async def commit(self, writes: Sequence[Write]) -> Committed:
        """Write everything (at most 500 writes) or nothing, in one request.

        Raises `RecordExists`, `RecordMissing` or `RecordChanged`, and ValueError for a value outside
        the bounds of its field.
        """

    async def transact(self, keys: Sequence[Key[Record]], plan: Plan) -> Committed:
        """Read `keys` with locks and write what `plan` decides, all or nothing. It is retried on contention.

        Raises what `plan` and `commit` raise.
        """

    async def list_sessions(
        self, uid: str, window: Window, query: SessionQuery = ALL_SESSIONS
    ) -> Sequence[Session]:
        """A user's sessions that match `query`, in its order and then by id, both descending."""

    async def list_session_rows(
        self, uid: str, window: Window, query: SessionQuery = ALL_SESSIONS
    ) -> Sequence[SessionListRow]:
        """Like `list_sessions`, but only what a list needs of each is read."""

    async def list_conversations(
        self, uid: str, session_id: str, window: Window, order: ConversationOrder = "timestamp"
    ) -> Sequence[Conversation]:
        """A session's turns, those of all branches, ordered by `order` and then by id, both ascending. They
        are listed whether or not the session's summary exists; the caller checks that."""

    async def take_conversations(
        self,
        uid: str,
        session_id: str,
        window: Window,
        size: int,
        order: ConversationOrder = "timestamp",
    ) -> Portion[Conversation]:
        """Like `list_conversations`, but it stops after the turn that brings the total to `size`
        bytes of memory, counted from the end from which the window is read."""

    async def list_changed(self, collection: Collection[R], window: Window) -> Sequence[Changed[R]]:
        """Sessions, trash, turns or removals by their last write, oldest first.

        A commit that is under way while they are listed may put a record up to `SETTLING` before
        the last one. To miss nothing, start the next read that much earlier and skip the records already
        seen.
        """

    async def list_due(
        self, time: DueTime, until: int, after: Position | None, limit: int
    ) -> Sequence[Due]:
        """The profiles of all users in which `time` is at most `until`, the earliest first and then by
        id, strictly after `after`. Profiles without that time are ignored."""

    async def list_marks(self, uid: str, limit: int) -> Sequence[Entry[ExportMark]]:
        """The export marks of one user, in any order. Each mark's owner and id are taken from its path."""

    async def list_dead_letters(self, uid: str, limit: int) -> Sequence[Entry[DeadLetter]]:
        """One user's dead letters, in any order."""

    async def scan_marks(
        self, after: Key[ExportMark] | None, limit: int, until: Key[ExportMark] | None = None
    ) -> Sequence[Entry[ExportMark]]:
        """The export marks of all users in path order, strictly after `after`, up to and including
        `until`."""

    async def scan(
        self,
        kind: type[R],
        after: Key[R] | None,
        limit: int,
        *,
        until: Key[R] | None = None,
        trash: bool = False,
        size: int | None = None,
    ) -> Sequence[tuple[Key[R], Entry[R]]]:
        """The profiles, erasures, sessions, turns or dead letters of all users in path order,
        strictly after `after`, up to and including `until`. Sessions are those outside the trash
        or, with `trash`, those in it. With a `size` it stops after the record that brings the total
        to that many bytes of memory."""

    async def delete_user(self, uid: str) -> Mapping[str, int]:
        """Remove a user's profile and everything below it, including turns whose session is gone,
        until nothing is left. The record of the erasure stays. Returns how many records were
        removed, by collection.

        Afterwards none of it can be read from the store's files. It can be called again after a failure.
        """

    def remains(self) -> str | None:
        """Where data deleted now can still be read, and until when, in words; None if it is gone at once."""

    def watch(self, uid: str | None, wake: Wake) -> AbstractAsyncContextManager[None]:
        """While the block runs, call `wake` soon after every commit, by any process, that touches
        the user's profile, sessions, trash or erasure. So a commit that touches a turn must also touch
        its session's summary or the profile. With None, it is called after every commit that leaves export
        marks.

        It may wake without a cause, and once for several commits. It also wakes when it starts to
        listen, and when it listens again after an interruption, so that a watcher that looks at each wake-up
        misses nothing. For marks it only wakes when there are some after there were none. All watchers of the
        same thing in a process share one listener. Unlike the other methods it raises nothing.
        """

    async def ping(self) -> None:
        """Return if the store can be read."""

    async def close(self) -> None:
        """Close files and connections."""
