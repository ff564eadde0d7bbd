"""What every answerer is asked, and what it gives."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias, TypedDict

Style: TypeAlias = Literal["concise", "detailed", "technical"]
Wish: TypeAlias = Literal["style", "language"]
FinishReason: TypeAlias = Literal["stop", "length", "content_filter", "refusal", "interrupted"]
"""Why an answer ended: as meant, at its length limit, held back by a filter, declined by the model, or
broken off on its way here."""


class AnswererError(Exception):
    """There is no answer; the message is for the person at the screen, and the question can be sent again."""


class Citation(TypedDict, total=False):
    """A source of an answer, as it is kept with the turn."""

    title: str
    uri: str
    """An address or a path."""
    snippet: str
    """The beginning of the passage that is cited."""
    spans: list[list[int]]
    """Which characters of the answer it supports: from the first to before the last."""


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
    """Who asks, by an opaque id. What is not kept is asked under an id that ends with the session."""
    email: str | None = None
    """Their verified address; None for guests and for what is not kept."""
    style: Style = "detailed"
    language: str = "en"
    """BCP 47 tag."""
    citations: bool = True
    history: Sequence[Exchange] = ()
    """The session's latest exchanges, oldest first."""
    service_session: str | None = None
    """The name that the answer service gave its own session."""
    model: str | None = None
    """One of `Answerer.models`; None for the answerer's own choice."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The service is busy and is asked again in so many seconds."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, or what came of one before it was broken off."""

    text: str
    citations: Sequence[Citation] = ()
    service_session: str | None = None
    """What to send as `Question.service_session` from now on."""
    token: str | None = None
    """What the service wants back with feedback."""
    forgot: bool = False
    """Whether the service no longer knew its session: it answered without what was said before."""
    related: Sequence[str] = ()
    """Questions that the service offers to go on with."""
    reasoning: str = ""
    """What the model thought aloud; no part of the answer."""
    model: str | None = None
    """The model that answered, as the service names it."""
    input_tokens: int | None = None
    output_tokens: int | None = None
    finish_reason: FinishReason = "stop"
    first_token_ms: int | None = None
    """Milliseconds from the question to the first piece of the answer."""


class Answerer(Protocol):
    """Answers questions. May be used by several threads."""

    notice: str | None
    """What people should know of it before they rely on it."""
    follows: frozenset[Wish]
    """Which of the preferences about answers it follows."""
    keeps: str | None
    """What it may keep itself, said to people; None if nothing leaves this process."""

    def models(self) -> Sequence[str]:
        """The models people may choose from; empty where there is no choice."""

    def answer(self, question: Question) -> Iterator[str | Waiting | Answer]:
        """Yields the text in pieces as it comes and, last, the whole answer.

        Raises `AnswererError`. Closing the iterator ends the request.
        """

    def give_feedback(self, question: str, answer: Answer, score: int, comment: str | None) -> None:
        """Pass on a judgement, 1 or 0, to a service that wants it; raises `AnswererError`."""
