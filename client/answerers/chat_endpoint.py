"""Any chat endpoint that speaks OpenAI's protocol, streamed.

https://platform.openai.com/docs/api-reference/chat/streaming
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import httpx

from client.answerers.base import Answer, AnswererError, Exchange, Question

HISTORY_TOKENS = 6_000
"""How much of the session is sent with a question, at most."""
BYTES_PER_TOKEN = 3
"""Tokens are counted as no tokenizer would exceed for most texts, for none is known here."""
STYLES = {
    "concise": "Answer in a few sentences.",
    "detailed": "Answer in detail, with examples where they help.",
    "technical": "Answer for an expert: precise terms, code where it helps, no introductions.",
}
UNREACHABLE = (
    "The answer service can't be reached at the moment. Your question is kept; try again shortly."
)
REFUSED = "The answer service refused the request (status {status}). Whoever runs it can say why."
ENDED = "The answer service stopped in mid-answer. Your question is kept; try again."


class ChatEndpoint:
    """A model behind `<url>/chat/completions`."""

    notice: str | None = None

    def __init__(self, url: str, model: str, token: str | None) -> None:
        """`url` ends before `/chat/completions`; `token` is a bearer token."""
        self._model = model
        self._client = httpx.Client(
            base_url=url.rstrip("/"),
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=httpx.Timeout(120, connect=10),
        )

    def answer(self, question: Question) -> Iterator[str | Answer]:
        """Stream an answer to the question and the session's latest exchanges."""
        body = {"model": self._model, "stream": True, "messages": _messages(question)}
        text = ""
        try:
            with self._client.stream("POST", "/chat/completions", json=body) as response:
                if response.status_code != httpx.codes.OK:
                    raise AnswererError(REFUSED.format(status=response.status_code))
                for piece in _pieces(response):
                    text += piece
                    yield piece
        except httpx.HTTPError:
            raise AnswererError(ENDED if text else UNREACHABLE) from None
        if not text:
            raise AnswererError(ENDED)
        yield Answer(text)

    def give_feedback(self, question: str, answer: Answer, score: int, comment: str | None) -> None:
        """The protocol has no way to pass it on; Recollect keeps it."""


def recent(history: Sequence[Exchange], tokens: int) -> list[Exchange]:
    """The latest exchanges that fit into a budget of tokens, oldest first."""
    kept: list[Exchange] = []
    left = tokens * BYTES_PER_TOKEN
    for exchange in reversed(history):
        left -= len((exchange.query + exchange.response).encode())
        if left < 0:
            break
        kept.append(exchange)
    return kept[::-1]


def _messages(question: Question) -> list[dict[str, str]]:
    wishes = (
        f"{STYLES[question.style]} Answer in the language with the BCP 47 tag {question.language}."
    )
    if question.citations:
        wishes += " Name your sources."
    messages = [{"role": "system", "content": wishes}]
    for exchange in recent(question.history, HISTORY_TOKENS):
        messages.append({"role": "user", "content": exchange.query})
        messages.append({"role": "assistant", "content": exchange.response})
    return [*messages, {"role": "user", "content": question.text}]


def _pieces(response: httpx.Response) -> Iterator[str]:
    """The text of a stream of server-sent events; raises `AnswererError` unless it was ended properly."""
    for line in response.iter_lines():
        if not line.startswith("data:"):
            continue
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            return
        piece, ended = _piece(data)
        if piece:
            yield piece
        if ended:
            return
    raise AnswererError(ENDED)


def _piece(data: str) -> tuple[str, bool]:
    try:
        event: dict[str, Any] = json.loads(data)
        choices = event["choices"]
        if not choices:
            return "", False
        return choices[0]["delta"].get("content") or "", bool(choices[0].get("finish_reason"))
    except (ValueError, LookupError, TypeError, AttributeError):
        raise AnswererError(ENDED) from None
