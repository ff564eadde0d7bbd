"""Any chat endpoint that speaks OpenAI's protocol, streamed if it can.

https://platform.openai.com/docs/api-reference/chat/streaming
"""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import httpx

from client.answerers.base import (
    GENERAL_EXAMPLES,
    Answer,
    Exchange,
    Failure,
    Question,
    Waiting,
    Wish,
)
from client.answerers.chat_events import ServiceError, events
from client.answerers.chat_reply import Reply
from client.answerers.chat_title import TitleRequest
from client.answerers.failures import OUTCOMES, failed, of_error
from client.answerers.requests import http_client, until_free
from client.wording import N_

NAME = "chat"
HISTORY_TOKENS = 6_000
"""Maximum part of the session that is sent with a question."""
BYTES_PER_TOKEN = 3
"""A cautious estimate: the model's tokenizer is not known here, and hardly any makes more tokens."""
MODELS_SECONDS = 600
"""Seconds for which the list of models is cached."""
STYLES = {
    "concise": "Answer in a few sentences.",
    "detailed": "Answer in detail, with examples where they help.",
    "technical": "Answer for an expert: precise terms, code where it helps, no introductions.",
}
_UNKNOWN_FIELD = {httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY}


class ChatEndpoint:
    """A model behind `<url>/chat/completions`."""

    notice: str | None = None
    examples: Sequence[str] = GENERAL_EXAMPLES
    follows: frozenset[Wish] = frozenset({"style", "language"})
    keeps: str | None = N_(
        "The answer service may keep its own records of questions and answers. What you delete or erase "
        "here is not deleted there."
    )

    def __init__(
        self,
        url: str,
        model: str,
        auth: httpx.Auth | None,
        allowed: Sequence[str] = (),
        *,
        titles: bool = False,
    ) -> None:
        """`url` is without `/chat/completions`; `allowed` has patterns of the models people may choose; with
        `titles` the model names sessions, with one request for each."""
        self._model, self._allowed, self._titles = model, allowed, titles
        self._client = http_client(url, auth)
        self._models: tuple[float, Sequence[str]] = (0.0, ())
        # Some services refuse requests that ask for the number of tokens.
        self._counts_tokens = True

    def models(self) -> Sequence[str]:
        """The models listed by `GET /models` that the owner allows."""
        if not self._allowed:
            return ()
        until, found = self._models
        if time.monotonic() > until:
            found = self._listed()
            self._models = (time.monotonic() + MODELS_SECONDS, found)
        return found

    def answer(self, question: Question) -> Iterator[str | Waiting | Answer]:
        """Stream an answer to the question and the session's latest exchanges.

        If the stream breaks, the part that arrived is the answer, marked as interrupted.
        """
        reply = Reply()
        broken: Failure | None = None
        status: int | None = None
        named = self._title(question)
        try:
            response = yield from self._response(question)
            with closing(response):
                for event in events(response):
                    if piece := reply.add(event):
                        yield piece
        except ServiceError as error:
            broken, status = error.failure, error.status
        except httpx.HTTPError as error:
            broken = of_error(error)
        except (ValueError, LookupError, TypeError, AttributeError):
            broken = Failure.OTHER
        if broken and not reply.text:
            raise failed(NAME, broken, status)
        answer = _finished(reply.answer(interrupted=bool(broken) and not reply.ended))
        yield replace(answer, title=named.title()) if named else answer

    def give_feedback(self, question: str, answer: Answer, score: int, comment: str | None) -> None:
        """The protocol has no feedback; Recollect keeps it."""

    def _title(self, question: Question) -> TitleRequest | None:
        if not (self._titles and question.untitled):
            return None
        return TitleRequest(self._client, question.model or self._model, question.text)

    def _response(self, question: Question) -> Generator[Waiting, None, httpx.Response]:
        """The response, after waiting while the service is busy; raises `ServiceError` if it refuses."""
        body = {
            "model": question.model or self._model,
            "stream": True,
            "messages": _messages(question),
        }
        counted = {**body, "stream_options": {"include_usage": True}}
        response = yield from until_free(self._ask(counted if self._counts_tokens else body))
        if response.status_code in _UNKNOWN_FIELD and self._counts_tokens:
            response.close()
            response = yield from until_free(self._ask(body))
            self._counts_tokens = not response.is_success
        if not response.is_success:
            with closing(response):
                response.read()
            raise ServiceError(_reported(response), response.status_code)
        return response

    def _ask(self, body: dict[str, Any]) -> Callable[[], httpx.Response]:
        def send() -> httpx.Response:
            request = self._client.build_request("POST", "/chat/completions", json=body)
            return self._client.send(request, stream=True)

        return send

    def _listed(self) -> Sequence[str]:
        try:
            response = self._client.get("/models", timeout=5)
            response.raise_for_status()
            names = [str(model["id"]) for model in response.json()["data"]]
        except (httpx.HTTPError, ValueError, LookupError, TypeError):
            names = [name for name in self._allowed if not set(name) & set("*?[")]
        return [name for name in names if any(fnmatchcase(name, each) for each in self._allowed)]


def _finished(answer: Answer) -> Answer:
    """Count the answer and return it; raises `AnswererError` if it has no text."""
    if not answer.text.strip():
        nothing = {"content_filter": Failure.FILTERED, "length": Failure.MAX_TOKENS}
        raise failed(NAME, nothing.get(answer.finish_reason, Failure.EMPTY))
    answered = answer.finish_reason == "stop"
    OUTCOMES.labels(NAME, "answered" if answered else answer.finish_reason).inc()
    return answer


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


def _reported(response: httpx.Response) -> Any:
    """The error that a response reports; None if it has no such body."""
    try:
        return response.json()["error"]
    except (ValueError, LookupError, TypeError):
        return None
