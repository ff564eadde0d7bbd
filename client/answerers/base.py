"""The input and output of every answerer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol, TypeAlias, TypedDict

from client.wording import N_

Style: TypeAlias = Literal["concise", "detailed", "technical"]
Wish: TypeAlias = Literal["style", "language"]
FinishReason: TypeAlias = Literal["stop", "length", "content_filter", "refusal", "interrupted"]
"""Why an answer ended: normally, at its length limit, by a content filter, declined by the model, or broken
off in transit."""


GENERAL_EXAMPLES = (
    N_("Explain compound interest with an example"),
    N_("Write a friendly reminder of an unpaid invoice"),
    N_("What should I ask before I rent a flat?"),
    N_("Plan a rainy weekend with two children"),
)
"""Example questions for services that answer anything."""


class Failure(StrEnum):
    """Why there is no answer, by the API's names."""

    UNAUTHENTICATED = "unauthenticated"
    OVERLOADED = "overloaded"
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    CONTEXT_LENGTH = "context_length"
    MAX_TOKENS = "max_tokens"
    FILTERED = "filtered"
    EMPTY = "empty"
    OTHER = "other"


class AnswererError(Exception):
    """There is no answer. The message is for the user, who can send the question again."""

    def __init__(self, message: str, failure: Failure) -> None:
        super().__init__(message)
        self.failure = failure


class Citation(TypedDict, total=False):
    """A source of an answer, as it is stored with the turn."""

    title: str
    uri: str
    """An address or a path."""
    snippet: str
    """The beginning of the cited passage."""
    spans: list[list[int]]
    """The range of the answer's characters that it supports; the end is exclusive."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """An earlier question of the session and its answer."""

    query: str
    response: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question, how the user wants it answered, and the exchanges before it."""

    text: str
    user: str
    """The user, by an opaque id. Questions that are not kept are asked under an id that ends with the
    session."""
    email: str | None = None
    """The user's verified address; None for guests and for questions that are not kept."""
    style: Style = "detailed"
    language: str = "en"
    """BCP 47 tag."""
    citations: bool = True
    history: Sequence[Exchange] = ()
    """The session's latest exchanges, oldest first."""
    service_session: str | None = None
    """The answer service's name for its own session."""
    model: str | None = None
    """One of `Answerer.models`; None for the answerer's own choice."""
    untitled: bool = False
    """Whether the session has no title yet, so that the service may propose one."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The service is busy and will be asked again after this many seconds."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, or the part that arrived before it was broken off."""

    text: str
    citations: Sequence[Citation] = ()
    service_session: str | None = None
    """The name to send as `Question.service_session` from now on."""
    token: str | None = None
    """The token that the service expects back with feedback."""
    forgot: bool = False
    """Whether the service had lost its session, so that it answered without knowing the earlier exchanges."""
    related: Sequence[str] = ()
    """Follow-up questions that the service suggests."""
    reasoning: str = ""
    """The model's reasoning, which is not part of the answer."""
    model: str | None = None
    """The model that answered, as the service names it."""
    input_tokens: int | None = None
    output_tokens: int | None = None
    finish_reason: FinishReason = "stop"
    title: str | None = None
    """The title that the service proposes for the session: at most 200 characters."""
    first_token_ms: int | None = None
    """Milliseconds from the question to the first piece of the answer."""


class Answerer(Protocol):
    """Answers questions. Several threads may use it."""

    notice: str | None
    """Information for people before they rely on it."""
    examples: Sequence[str]
    """Questions to begin with, for people who are new."""
    follows: frozenset[Wish]
    """The preferences about answers that it follows."""
    keeps: str | None
    """A message for users about what the service itself may keep; None if nothing leaves this process."""

    def models(self) -> Sequence[str]:
        """The models people may choose from; empty if there is no choice."""

    def answer(self, question: Question) -> Iterator[str | Waiting | Answer]:
        """Yields the text in pieces as it arrives and, last, the whole answer.

        Raises `AnswererError`. Closing the iterator ends the request.
        """

    def give_feedback(self, question: str, answer: Answer, score: int, comment: str | None) -> None:
        """Pass on a judgement, 1 or 0, to a service that accepts it; raises `AnswererError`."""
