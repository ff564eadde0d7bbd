"""What every answerer is asked, and what it gives."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias, TypedDict

Style: TypeAlias = Literal["concise", "detailed", "technical"]


class AnswererError(Exception):
    """There is no answer; the message is for the person at the screen, and the question can be sent again."""


class Citation(TypedDict):
    """A source of an answer, as it is kept with the turn."""

    title: str
    source: str
    """An address or a path."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """An earlier question of the session and its answer."""

    query: str
    response: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, how the person wants it answered, and what was said before."""

    text: str
    user: str
    """Who asks, by the API's opaque id: never an address."""
    style: Style = "detailed"
    language: str = "en"
    """BCP 47 tag."""
    citations: bool = True
    history: Sequence[Exchange] = ()
    """The session's latest exchanges, oldest first."""
    service_session: str | None = None
    """The name that the answer service gave its own session."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    text: str
    citations: Sequence[Citation] = ()
    service_session: str | None = None
    """What to send as `Question.service_session` from now on."""
    token: str | None = None
    """What the service wants back with feedback."""
    forgot: bool = False
    """Whether the service no longer knew its session: it answered without what was said before."""


class Answerer(Protocol):
    """Answers questions."""

    notice: str | None
    """What people should know of it before they rely on it."""

    def answer(self, question: Question) -> Iterator[str | Answer]:
        """Yields the text in pieces as it comes and, last, the whole answer.

        Raises `AnswererError`. Closing the iterator ends the request.
        """

    def give_feedback(self, question: str, answer: Answer, score: int, comment: str | None) -> None:
        """Pass on a judgement, 1 or 0, to a service that wants it; raises `AnswererError`."""
