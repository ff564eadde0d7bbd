"""The answer of a turn, and its limits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from resolvers.input_limits import (
    CITATIONS_BYTES,
    FINISH_REASON_CHARACTERS,
    MODEL_CHARACTERS,
    RESPONSE_BYTES,
    RESPONSE_TIME_MS,
    TITLE_CHARACTERS,
    TOKEN_BYTES,
    TOKENS,
    TURN_BYTES,
    Checks,
)

ANSWER_ORIGIN = ("model", "input_tokens", "output_tokens", "finish_reason", "first_token_ms")
"""Fields of an answer that describe how it was made; each may be unknown."""


NOT_GROWING: Mapping[str, Any] = MappingProxyType(
    {"partial": None, "grown_at": None, "failed": False, "failure": None}
)
"""The fields of a growing answer, in a turn without one."""


@dataclass(slots=True)
class Answer:
    """The result of an answer service; `response` is None while it is awaited. Not to be changed."""

    response: str | None = None
    response_time_ms: int | None = None
    first_token_ms: int | None = None
    model: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    finish_reason: str | None = None
    citations: list[Any] = field(default_factory=list)
    answer_token: str | None = None
    answer_session: str | None = None
    """The service's own name for its session. It is kept with our session unless text must not be saved."""
    title: str | None = None
    """The session title that the service proposes."""

    def check(self, checks: Checks) -> None:
        """Check the answer by itself against the limits."""
        checks.text(self.response, RESPONSE_BYTES, "response")
        checks.between(self.response_time_ms, 0, RESPONSE_TIME_MS, "responseTimeMs")
        checks.between(self.first_token_ms, 0, RESPONSE_TIME_MS, "firstTokenMs")
        checks.characters(self.model, MODEL_CHARACTERS, "model")
        checks.between(self.input_tokens, 0, TOKENS, "inputTokens")
        checks.between(self.output_tokens, 0, TOKENS, "outputTokens")
        checks.characters(self.finish_reason, FINISH_REASON_CHARACTERS, "finishReason")
        checks.json(self.citations, list, CITATIONS_BYTES, "citations")
        checks.text(self.answer_token, TOKEN_BYTES, "answerToken")
        checks.text(self.answer_session, TOKEN_BYTES, "answerSession")
        checks.characters(self.title, TITLE_CHARACTERS, "sessionTitle")

    def check_with(self, query: str | None, metadata: dict[str, Any], checks: Checks) -> None:
        """Check the whole turn against the size of one document."""
        parts = {
            "query": query,
            "response": self.response,
            "citations": self.citations,
            "metadata": metadata,
        }
        checks.together(TURN_BYTES, parts, "response")

    def fields(self, *, saved: bool) -> dict[str, Any]:
        """The fields of the turn that the answer fills in; its text only if it may be saved."""
        return {
            "answered": self.response is not None,
            "response": self.response if saved else None,
            "response_time_ms": self.response_time_ms,
            "model": self.model,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "finish_reason": self.finish_reason,
            "first_token_ms": self.first_token_ms,
            "citations": self.citations if saved else [],
            "answer_token": self.answer_token,
        }

    def session_fields(self, *, saved: bool) -> dict[str, Any]:
        """The fields of the session that the answer fills in."""
        return {"answer_session": self.answer_session} if self.answer_session and saved else {}
