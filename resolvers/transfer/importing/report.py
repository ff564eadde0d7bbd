"""What an import tells: what it took, what it did not and why, item by item."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from resolvers.transfer.importing.readers.entries import Format, Omitted

ITEMS = 1000
"""Items of each list that are told one by one; the counts are of all."""


class Outcome(Enum):
    """What became of a session of the file."""

    ADDED = "ADDED"
    PRESENT = "PRESENT"
    """It was there already; turns may have been added to it."""
    DELETED = "DELETED"
    """It was deleted here since, and stays deleted."""
    REFUSED = "REFUSED"


@dataclass(slots=True)
class Counts:
    """How many records of a kind there were, by what became of them."""

    added: int = 0
    present: int = 0
    deleted: int = 0
    refused: int = 0

    def count(self, outcome: Outcome, by: int = 1) -> None:
        """Count what became of some."""
        name = outcome.value.lower()
        setattr(self, name, getattr(self, name) + by)


@dataclass(slots=True)
class ImportedSession:
    """One session of the file, and its turns."""

    place: str
    session_id: str
    """Its id in the account."""
    outcome: Outcome
    turns: Counts = field(default_factory=Counts)
    title: str | None = None
    created_at: datetime | None = None
    """None where the file does not tell."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something of the file that was not taken, or not as it stands there."""

    place: str
    message: str
    field: str | None = None


@dataclass(slots=True)
class ImportReport:
    """All that an import did or, when it was a rehearsal, would do."""

    format: Format | None
    """Of the file or, of those in a .zip, of the first; None until it is known."""
    dry_run: bool
    complete: bool = False
    """Whether the file was read to its end."""
    sessions: Counts = field(default_factory=Counts)
    turns: Counts = field(default_factory=Counts)
    parts_named: int = 0
    """Parts of messages that are no text: what was taken names them in their place."""
    left_out: Counter[Omitted] = field(default_factory=Counter)
    """What was left out, or did not come as it is, by kind."""
    answers_added: int = 0
    """Turns that were there without an answer, and have it now."""
    without_text: int = 0
    """Turns added without their text, because the user chose not to save conversations."""
    archived: int = 0
    """Sessions archived at the end, so that no more are active than may be."""
    retention_days: int = 0
    """How long what is imported now is kept, as the user chose."""
    preferences_restored: bool = False
    imported_sessions: list[ImportedSession] = field(default_factory=list)
    """The first ones."""
    archived_sessions: list[str] = field(default_factory=list)
    """The ids of the first ones."""
    remarks: list[Remark] = field(default_factory=list)
    """The first ones."""
    remarks_left_out: int = 0

    def omit(self, what: Omitted, place: str, message: str, field: str | None = None) -> None:
        """Count and tell of something of a kind that was left out, or did not come as it is."""
        self.left_out[what] += 1
        self.remark(place, message, field)

    def remark(self, place: str, message: str, field: str | None = None) -> None:
        """Tell of something that was not taken as it stands."""
        if len(self.remarks) < ITEMS:
            self.remarks.append(Remark(place, message, field))
        else:
            self.remarks_left_out += 1

    def session(self, told: ImportedSession) -> None:
        """Tell what became of a session."""
        self.sessions.count(told.outcome)
        if len(self.imported_sessions) < ITEMS:
            self.imported_sessions.append(told)
