"""The model of one user's records, commit by commit, and of the reads of exporters.

It keeps the state after every commit, so that a read can happen at any moment.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import TypeAlias

from analytics.mirror import row_mapping
from analytics.warehouse.rows import Row
from stores.keys import (
    Key,
    conversation_key,
    profile_key,
    session_key,
    trash_key,
)
from stores.mirror_records import Change
from stores.ports import Snapshot
from stores.records import Conversation, Profile, Record, Session
from tests.faults.comparison import View, expected

DAY = 86_400_000_000
STEP = 1_000
"""Microseconds between two commits."""

State: TypeAlias = Mapping[Key[Record], Record]


@dataclass(frozen=True)
class Mark:
    """One change that a commit recorded for the exporter."""

    state: int
    """The number of the state after the commit."""
    time: int
    change: Change


@dataclass(frozen=True)
class Read:
    """The result of an exporter's read: rows, and changes that the warehouse must forget once it has them."""

    state: int
    """The number of the earliest state that was read."""
    rows: list[Row]
    forget: list[tuple[str, Change]]


@dataclass
class StoreModel:
    """A user's records after each commit, from an empty start at `time` (microseconds)."""

    uid: str
    time: int
    states: list[State] = field(default_factory=lambda: [{}])
    marks: list[Mark] = field(default_factory=list)
    erasures: list[int] = field(default_factory=list)
    """Commit times up to which the warehouse was told to erase."""
    waiting: list[Mark] = field(default_factory=list)
    """Marks that no erasure removed: each of them will be exported."""
    repairs: list[Mark] = field(default_factory=list)
    """Records whose rows are removed from the warehouse right before their mark is made."""

    @property
    def now(self) -> State:
        """The current records."""
        return self.states[-1]

    def commit(self, writes: Mapping[Key[Record], Record | None], changes: list[Change]) -> None:
        """Write records (None removes one) and a mark for each change, at a new commit time."""
        self.time += STEP
        after = dict(self.now)
        for key, record in writes.items():
            after.pop(key, None)
            if record is not None:
                after[key] = record.model_copy(update={"update_time": self.time})
        self.states.append(after)
        new = [Mark(len(self.states) - 1, self.time, change) for change in changes]
        self.marks += new
        self.waiting += new

    def session(self, session_id: str) -> Session | None:
        """A session outside the trash."""
        found = self.now.get(session_key(self.uid, session_id))
        return found if isinstance(found, Session) else None

    def trashed(self, session_id: str) -> Session | None:
        """A session in the trash."""
        found = self.now.get(trash_key(self.uid, session_id))
        return found if isinstance(found, Session) else None

    def turn(self, session_id: str, conversation_id: str) -> Conversation | None:
        """A turn, also of a session in the trash."""
        found = self.now.get(conversation_key(self.uid, session_id, conversation_id))
        return found if isinstance(found, Conversation) else None

    def turns(self, session_id: str, at: State | None = None) -> list[Conversation]:
        """The turns of a session, now or in another state."""
        records = (self.now if at is None else at).values()
        turns = [each for each in records if isinstance(each, Conversation)]
        return [turn for turn in turns if turn.session_id == session_id]

    def view(self) -> View:
        """The rows that the views must show in the end."""
        records = list(self.now.items())
        sessions = [(key, each) for key, each in records if isinstance(each, Session)]
        profile = self.now.get(profile_key(self.uid))
        return expected(
            self.uid,
            profile if isinstance(profile, Profile) else None,
            [session for key, session in sessions if key.path[2] == "sessions"],
            [session for key, session in sessions if key.path[2] == "trash"],
            [each for _, each in records if isinstance(each, Conversation)],
        )

    def read(self, mark: Mark, rnd: Random, exported_at: int) -> Read:
        """The result of one exporter's read of a mark: it reads at any moment since the commit, each record
        at a different moment."""
        begin = rnd.randint(mark.state, len(self.states) - 1)
        end = rnd.randint(begin, min(begin + 2, len(self.states) - 1))
        changes = [mark.change]
        if mark.change.kind == "subtree":
            changes = [mark.change.model_copy(update={"kind": "session"})]
            for turn in self.turns(mark.change.session_id, self.states[begin]):
                changes.append(of_turn(turn, forget=mark.change.forget))
        rows, forget = [], []
        for change in changes:
            keys = row_mapping.keys(self.uid, change)
            found = Snapshot([(key, self.states[rnd.randint(begin, end)].get(key)) for key in keys])
            late = end
            for look in (row_mapping.missed, row_mapping.doubtful):
                again = look(self.uid, change, found)
                late = rnd.randint(late, min(late + 2, len(self.states) - 1))
                newer = self.states[late]
                found = Snapshot(
                    [(key, newer.get(key) if key in again else found.get(key)) for key in keys]
                )
            row = row_mapping.row(self.uid, change, mark.time, found, exported_at)
            if row is not None:
                rows.append(row)
                if change.forget and change.kind != "profile":
                    forget.append((self.uid, change))
        return Read(begin, rows, forget)

    def needed(self) -> list[Mark]:
        """The last waiting mark of each record: an exporter may handle the earlier ones together with it."""
        last = {mark.change.model_copy(update={"forget": False}): mark for mark in self.waiting}
        return list(last.values())


def of_session(session: Session, *, forget: bool = False) -> Change:
    return Change(
        kind="session", session_id=session.session_id, at=session.created_at, forget=forget
    )


def of_turn(turn: Conversation, *, forget: bool = False) -> Change:
    return Change(
        kind="conversation",
        session_id=turn.session_id,
        conversation_id=turn.conversation_id,
        at=turn.timestamp,
        forget=forget,
    )
