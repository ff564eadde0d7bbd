"""The port every store implements. It is shaped after Firestore, the harder of the two.

Reads are batched, commits are atomic and blind (preconditions and transforms in place of
read-modify-write), and only `transact` locks what it reads.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, Protocol, TypeAlias, cast

from stores.keys import Collection, Key, R, R_co
from stores.records import Conversation, DeadLetter, ExportMark, Record, Session, SessionStatus


class StoreError(Exception):
    """Base of everything a store raises on purpose. Messages never hold user text."""


class RecordExists(StoreError):
    """A create found its record in place; nothing of the commit landed."""


class RecordMissing(StoreError):
    """An update found no record; nothing of the commit landed."""


class RecordChanged(StoreError):
    """A record was written since `unchanged_since`; nothing of the commit landed."""


class StoreUnavailable(StoreError):
    """The store can't be reached or did not answer in time; whether a commit landed is not known."""


class Unreadable(StoreError):
    """A record that is there and can't be read: changed by hand, or written by another version. The
    message names its place and what is wrong with which fields, and none of their values."""

    def __init__(self, key: Key[Record], faults: Sequence[str], update_time: int) -> None:
        super().__init__(
            f"{'/'.join(key.path)} can't be read ({', '.join(faults)}): mend it in the store or, if "
            "a newer Recollect wrote it, run that one"
        )
        self.key = key
        self.update_time = update_time
        """The commit time of its last write."""


Entry: TypeAlias = R | Unreadable
"""A record, or what keeps it from being read."""


def readable(entry: Entry[R]) -> R:
    """The record itself; raises `Unreadable` where there is none."""
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
    """Change fields of a record that must exist (else `RecordMissing`), leaving the others alone.

    Field names are paths with dots (`preferences.ui_settings.theme`). `unchanged_since` is the
    `update_time` the record must still have (else `RecordChanged`). An update that changes nothing may
    leave the `update_time` as it is.
    """

    key: Key[Record]
    set: Mapping[str, Any] = field(default_factory=dict)
    unset: Sequence[str] = ()
    increase: Mapping[str, int] = field(default_factory=dict)
    raise_to: Mapping[str, int] = field(default_factory=dict)
    """Integer fields set to the larger of their value and this one."""
    unchanged_since: int | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove a record; one that is gone already is no error."""

    key: Key[Record]


Write: TypeAlias = Create | Update | Delete


@dataclass(frozen=True, slots=True)
class Committed:
    """A commit that landed.

    `time` is the commit time, which every record written now has as its `update_time`.
    `transformed` has, for each write in order, the new values of the fields in its `increase` and
    `raise_to` (empty for other writes).
    """

    time: int
    transformed: Sequence[Mapping[str, int]]


class Snapshot:
    """The answer to a batched read: what is there, by key."""

    def __init__(self, entries: Iterable[tuple[Key[Record], Entry[Record] | None]]) -> None:
        self._entries = dict(entries)

    def get(self, key: Key[R]) -> R | None:
        """The record at `key`, or None; raises `Unreadable`, and KeyError if `key` was not read."""
        entry = self.entry(key)
        return None if entry is None else readable(entry)

    def entry(self, key: Key[R]) -> Entry[R] | None:
        """The same, with `Unreadable` given back, not raised."""
        return cast("Entry[R] | None", self._entries[key])


Plan: TypeAlias = Callable[[Snapshot], Sequence[Write]]
"""What a transaction writes, decided from what it read. It may raise to write nothing, and may be
called again when the transaction is retried, so it must have no other effect."""

Wake: TypeAlias = Callable[[], None]
"""Called in the event loop when it is time to look again. It returns at once and raises nothing."""

Position: TypeAlias = tuple[int, str]
"""A place in an ordered list: the value it is ordered by and the record's id; an empty id stands
before every id."""


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of an ordered list to read: at most `limit` records strictly after `after` and
    strictly before `before`, from the front or, `from_end`, from the back. Whichever end it is read
    from, the records come in the list's own order."""

    limit: int
    after: Position | None = None
    before: Position | None = None
    from_end: bool = False


SessionOrder: TypeAlias = Literal[
    "last_active", "created_at", "touched_at", "oldest_turn_at", "deleted_at"
]
ConversationOrder: TypeAlias = Literal["timestamp", "recorded_at"]


@dataclass(frozen=True, slots=True)
class SessionQuery:
    """Which sessions to list: those that have all that is not None, always in descending order."""

    order: SessionOrder = "last_active"
    status: SessionStatus | None = None
    pinned: bool | None = None
    tag: str | None = None
    temporary: bool = False
    trash: bool = False
    """List the trash instead; only there `deleted_at` is an order."""


ALL_SESSIONS = SessionQuery()
"""Active and archived sessions, latest activity first."""


@dataclass(frozen=True, slots=True)
class Changed(Generic[R_co]):
    """A record, and its place in the order of last writes, by the store's own clock."""

    at: Position
    record: R_co


@dataclass(frozen=True, slots=True)
class Portion(Generic[R_co]):
    """As many records of a window as were wanted at once."""

    records: Sequence[R_co]
    more: bool
    """Whether there may be others beyond them, within the window or beyond its limit."""
    size: int
    """About how many bytes of memory they take."""


SETTLING = 1_000_000
"""How far apart, in microseconds, the order of changes and that of their commits may be."""


class Store(Protocol):
    """Sessions, turns, profiles and export marks, kept durably.

    Every method may raise `StoreUnavailable`, and those that list records, not entries, `Unreadable`."""

    async def get(self, keys: Sequence[Key[Record]]) -> Snapshot:
        """Read records in one request, each as it was at some moment of it: two records that one
        commit changes may show two moments, for Firestore promises no more."""

    async def commit(self, writes: Sequence[Write]) -> Committed:
        """Write all (at most 500) or nothing in one request.

        Raises `RecordExists`, `RecordMissing` or `RecordChanged`, and ValueError for a value out of
        the bounds of its field.
        """

    async def transact(self, keys: Sequence[Key[Record]], plan: Plan) -> Committed:
        """Read `keys` with locks, write what `plan` decides, all or nothing; retried on contention.

        Raises what `plan` raises, besides what `commit` raises.
        """

    async def list_sessions(
        self, uid: str, window: Window, query: SessionQuery = ALL_SESSIONS
    ) -> Sequence[Session]:
        """A user's sessions that `query` names, in its order and then by id, descending."""

    async def list_conversations(
        self, uid: str, session_id: str, window: Window, order: ConversationOrder = "timestamp"
    ) -> Sequence[Conversation]:
        """A session's turns in the order (`order`, id) ascending. They are listed whether or not the
        session's summary exists: who reads them reads the summary beside them."""

    async def take_conversations(
        self,
        uid: str,
        session_id: str,
        window: Window,
        size: int,
        order: ConversationOrder = "timestamp",
    ) -> Portion[Conversation]:
        """What `list_conversations` gives, from the end that the window is read from up to the turn
        with which they take `size` bytes of memory, and no turn beyond it."""

    async def list_changed(self, collection: Collection[R], window: Window) -> Sequence[Changed[R]]:
        """Sessions, trash, turns or removals by their last write, oldest first.

        A commit that was under way when they were listed may place a record up to `SETTLING` before
        the last of them: whoever reads on from there, and passes over what they saw, misses none.
        """

    async def list_marks(self, uid: str, limit: int) -> Sequence[Entry[ExportMark]]:
        """The export marks of one user, in any order. Owner and id of a mark are those of its path."""

    async def list_dead_letters(self, uid: str, limit: int) -> Sequence[Entry[DeadLetter]]:
        """What of one user's the warehouse will not take, in any order."""

    async def scan_marks(
        self, after: Key[ExportMark] | None, limit: int, until: Key[ExportMark] | None = None
    ) -> Sequence[Entry[ExportMark]]:
        """The export marks of all users in the order of their paths, strictly after one and up to and
        including another."""

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
        """The profiles, erasures, sessions, turns or dead letters of all users in the order of their
        paths, strictly after one and up to and including another; of the sessions those outside the
        trash, or with `trash` those in it.
        With a size, up to the record with which their stored fields take so many bytes of memory."""

    async def delete_user(self, uid: str) -> Mapping[str, int]:
        """Remove everything below and including a user's profile, turns whose session is gone too,
        until nothing is found; the erasure stays. Returns how many records went, by collection.

        Nothing of it can be read from the store's files afterwards. It can be called again after it
        failed half way.
        """

    def remains(self) -> str | None:
        """Where what is deleted now can still be read, and until when, for people to read; None if it
        is gone."""

    def watch(self, uid: str | None, wake: Wake) -> AbstractAsyncContextManager[None]:
        """Call `wake` soon after commits of whatever process, as long as the block runs: those that
        touch sessions, turns, trash or erasure of a user or, for None, that leave export marks.

        It may wake without cause, and for several commits at once. It wakes when it begins to hear
        of commits, at first and after it could not for a while; whoever looks at each waking misses
        nothing. Of the marks it tells when there are some after there were none, not of each. All that
        watch the same in a process share one listener. Unlike the other methods it raises nothing.
        """

    async def ping(self) -> None:
        """Answer if the store can be read."""

    async def close(self) -> None:
        """Give back files and connections."""
