"""The findings of a reader in a file: entries of an archive, and what can't be one, each with its place."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from resolvers.transfer.archive import ArchivedAccount, ArchivedSession, ArchivedTurn


class Format(Enum):
    """The system that wrote a file of chats."""

    RECOLLECT = "recollect"
    CHATGPT = "chatgpt"
    CLAUDE = "claude"
    DEEPSEEK = "deepseek"
    GEMINI = "gemini"
    GROK = "grok"
    LIBRECHAT = "librechat"
    OPEN_WEBUI = "openwebui"
    OPENAI = "openai"
    SHAREGPT = "sharegpt"
    VERTEX = "vertex"
    ANSWER_APP = "answerapp"
    TURNS = "turns"


class Omitted(Enum):
    """Kinds of things that an import leaves out or changes."""

    HIDDEN_MESSAGE = "HIDDEN_MESSAGE"
    NO_PROMPT = "NO_PROMPT"
    OTHER_FILE = "OTHER_FILE"
    OTHER_BRANCH = "OTHER_BRANCH"
    UNREADABLE_MESSAGE = "UNREADABLE_MESSAGE"
    UNREADABLE_ENTRY = "UNREADABLE_ENTRY"
    ANSWER_WITHOUT_QUESTION = "ANSWER_WITHOUT_QUESTION"
    SHORTENED_TEXT = "SHORTENED_TEXT"
    OVER_LIMIT = "OVER_LIMIT"
    DIFFERENT_ANSWER = "DIFFERENT_ANSWER"
    UNMATCHED_FEEDBACK = "UNMATCHED_FEEDBACK"
    OTHER_USER = "OTHER_USER"

    @property
    def is_loss(self) -> bool:
        """Whether people saw it in the other system and do not see it here."""
        return self not in _NEVER_SEEN


_NEVER_SEEN = {Omitted.HIDDEN_MESSAGE, Omitted.NO_PROMPT, Omitted.OTHER_FILE, Omitted.OTHER_USER}


@dataclass(frozen=True, slots=True)
class Source:
    """The start of a file, with its format; its findings follow."""

    format: Format


@dataclass(frozen=True, slots=True)
class Entry:
    """A record to import. A turn follows its session."""

    place: str
    """Its place in the file, for people: 'chat 3, message 7'."""
    record: ArchivedAccount | ArchivedSession | ArchivedTurn
    parent: str | None = None
    """The id of the turn before it, if a chat is a tree of turns; None for first turns."""
    shown: bool = True
    """Whether a turn is on the path that people saw last."""
    beside: Sequence[str] = ()
    """For a chat's first turn: the ids of those beside it, which follow much later."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that can't be imported as it is, and why."""

    place: str
    reason: str
    what: type[ArchivedSession] | type[ArchivedTurn] | Omitted
    """What it is. Turns after a skipped session belong to no session."""
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """Something that is imported in a changed form, and how it changed."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Named:
    """Parts of a message that are not text; the text names each in its place."""

    place: str
    what: str
    """'image', 'audio'."""
    count: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Things of one kind that are left out, if their number says enough."""

    what: Omitted
    count: int = 1


@dataclass(frozen=True, slots=True)
class Stopped:
    """Where reading stopped before the end of a file; no more findings of that file follow."""

    place: str
    reason: str


Finding: TypeAlias = Source | Entry | Skipped | Changed | Named | LeftOut | Stopped
Findings: TypeAlias = Iterator[Finding]
