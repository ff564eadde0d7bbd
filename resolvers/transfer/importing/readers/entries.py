"""What a reader finds in a file: entries of an archive, and what can't be one, each with its place."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from resolvers.transfer.archive import ArchivedAccount, ArchivedSession, ArchivedTurn


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to take. A turn follows the session it is part of."""

    place: str
    """Where it stands in the file, for people: 'chat 3, message 7'."""
    record: ArchivedAccount | ArchivedSession | ArchivedTurn


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that can't be taken as it is, and why."""

    place: str
    reason: str
    field: str | None = None
    session: bool = False
    """Whether it is a session: the turns after it are nobody's."""


@dataclass(frozen=True, slots=True)
class Named:
    """Parts of a message that are no text: the text names each where it stood."""

    place: str
    what: str
    """'image', 'audio'."""
    count: int


@dataclass(frozen=True, slots=True)
class Hidden:
    """Messages that people never saw: of systems and tools, and hidden ones."""

    count: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """Where reading came to an end before the file did; nothing follows it."""

    place: str
    reason: str


Finding: TypeAlias = Entry | Skipped | Named | Hidden | Stopped
Findings: TypeAlias = Iterator[Finding]
