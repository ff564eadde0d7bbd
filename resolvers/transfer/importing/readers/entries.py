"""What a reader finds in a file: entries of an archive, and what can't be one, each with its place."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from resolvers.transfer.archive import ArchivedAccount, ArchivedSession, ArchivedTurn


class Format(Enum):
    """What a file of chats was written by."""

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
    """Kinds of things that an import leaves out, or does not take as they are."""

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
        """Whether people saw it where it comes from, and do not see it here."""
        return self not in _NEVER_SEEN


_NEVER_SEEN = {Omitted.HIDDEN_MESSAGE, Omitted.NO_PROMPT, Omitted.OTHER_FILE, Omitted.OTHER_USER}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a file of a format begins; what it has follows."""

    format: Format


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to take. A turn follows the session it is part of."""

    place: str
    """Where it stands in the file, for people: 'chat 3, message 7'."""
    record: ArchivedAccount | ArchivedSession | ArchivedTurn
    parent: str | None = None
    """The id of the turn before it, where a chat is a tree of turns; None for the first ones."""
    shown: bool = True
    """Whether a turn is on the path that people saw last."""
    beside: Sequence[str] = ()
    """Of a chat's first turn: the ids of those that stand beside it, which follow much later."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that can't be taken as it is, and why."""

    place: str
    reason: str
    what: type[ArchivedSession] | type[ArchivedTurn] | Omitted
    """What it is. After a session that is skipped, turns are nobody's."""
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """Something that is taken, but not as it stands in the file, and how it changed."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Named:
    """Parts of a message that are no text: the text names each where it stood."""

    place: str
    what: str
    """'image', 'audio'."""
    count: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Things of a kind that are left out, where their number says enough."""

    what: Omitted
    count: int = 1


@dataclass(frozen=True, slots=True)
class Stopped:
    """Where reading came to an end before the file did; nothing of that file follows it."""

    place: str
    reason: str


Finding: TypeAlias = Source | Entry | Skipped | Changed | Named | LeftOut | Stopped
Findings: TypeAlias = Iterator[Finding]
