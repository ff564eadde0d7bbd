"""The report of an import: what it added, what it left out and why."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from resolvers.transfer.importing.readers.entries import Format, Omitted

ITEMS = 1000
"""The most items that each list names; the counts include all."""


class Outcome(Enum):
    """What happened to a session of the file."""

    ADDED = "ADDED"
    PRESENT = "PRESENT"
    """It was here already; turns may have been added to it."""
    DELETED = "DELETED"
    """It has been deleted here, and stays deleted."""
    REFUSED = "REFUSED"


@dataclass(slots=True)
class Counts:
    """The number of records of one kind, by outcome."""

    added: int = 0
    present: int = 0
    deleted: int = 0
    refused: int = 0

    def count(self, outcome: Outcome, by: int = 1) -> None:
        """Count records with an outcome."""
        name = outcome.value.lower()
        setattr(self, name, getattr(self, name) + by)


@dataclass(slots=True)
class ImportedSession:
    """One session of the file and its turns."""

    place: str
    session_id: str
    """Its id in the account."""
    outcome: Outcome
    turns: Counts = field(default_factory=Counts)
    title: str | None = None
    created_at: datetime | None = None
    """None if the file does not say."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A part of the file that was left out or changed."""

    place: str
    message: str
    field: str | None = None


@dataclass(slots=True)
class ImportReport:
    """Everything that an import did or, in a dry run, would do."""

    format: Format | None
    """The format of the file or, in a .zip, of the first file; None until it is known."""
    dry_run: bool
    complete: bool = False
    """Whether the file was read to its end."""
    sessions: Counts = field(default_factory=Counts)
    turns: Counts = field(default_factory=Counts)
    parts_named: int = 0
    """Parts of messages that are not text; the imported text names them where they were."""
    left_out: Counter[Omitted] = field(default_factory=Counter)
    """What was left out or changed, by kind."""
    answers_added: int = 0
    """Turns that were here without an answer and have one now."""
    without_text: int = 0
    """Turns added without their text, because the user chose not to save conversations."""
    archived: int = 0
    """Sessions archived at the end to keep to the limit of active sessions."""
    retention_days: int = 0
    """How many days imported turns are kept, as the user chose."""
    preferences_restored: bool = False
    imported_sessions: list[ImportedSession] = field(default_factory=list)
    """The first ones."""
    archived_sessions: list[str] = field(default_factory=list)
    """The ids of the first ones."""
    remarks: list[Remark] = field(default_factory=list)
    """The first ones."""
    remarks_left_out: int = 0

    def omit(self, what: Omitted, place: str, message: str, field: str | None = None) -> None:
        """Count and report something that was left out or changed."""
        self.left_out[what] += 1
        self.remark(place, message, field)

    def remark(self, place: str, message: str, field: str | None = None) -> None:
        """Report something that was left out or changed."""
        if len(self.remarks) < ITEMS:
            self.remarks.append(Remark(place, message, field))
        else:
            self.remarks_left_out += 1

    def session(self, told: ImportedSession) -> None:
        """Report the outcome of a session."""
        self.sessions.count(told.outcome)
        if len(self.imported_sessions) < ITEMS:
            self.imported_sessions.append(told)
