"""The events of a chat endpoint's response, streamed or whole, and the errors it reports."""

import json
from collections.abc import Iterator
from typing import Any

import httpx

from client.answerers.base import Failure
from client.answerers.failures import of_status

_WORDS = {
    "context_length": Failure.CONTEXT_LENGTH,
    "content_filter": Failure.FILTERED,
    "rate_limit": Failure.OVERLOADED,
    "overloaded": Failure.OVERLOADED,
}


class ServiceError(Exception):
    """The service reports an error, before its answer or in the middle of a stream."""

    def __init__(self, reported: Any, status: int) -> None:
        super().__init__("The service reported an error.")
        given = reported if isinstance(reported, dict) else {}
        said = f"{given.get('code')} {given.get('type')}"
        code = str(given.get("code") or given.get("status"))
        self.status = int(code) if code.isdecimal() else status
        """The HTTP status that the service intends."""
        named = (failure for word, failure in _WORDS.items() if word in said)
        self.failure = next(named, of_status(self.status))


def events(response: httpx.Response) -> Iterator[dict[str, Any]]:
    """Each event of a stream until its end marker, or the single reply that is not streamed.

    Raises `ServiceError`, `httpx.HTTPError`, and `httpx.RemoteProtocolError` if a stream ends too soon.
    """
    if response.headers.get("Content-Type", "").startswith("application/json"):
        response.read()
        yield _event(response.text, response.status_code)
        return
    ended = False
    for line in _lines(response):
        if not line.startswith("data:"):
            continue
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            return
        event = _event(data, response.status_code)
        yield event
        # The number of tokens may still follow.
        ended = ended or any(each.get("finish_reason") for each in event.get("choices") or [])
    if not ended:
        raise httpx.RemoteProtocolError("The stream ended too soon.")


def _event(data: str, status: int) -> dict[str, Any]:
    event = json.loads(data)
    if not isinstance(event, dict):
        raise TypeError("An event is an object.")
    if event.get("error"):
        raise ServiceError(event["error"], status)
    return event


def _lines(response: httpx.Response) -> Iterator[str]:
    """The lines of a response. Unlike httpx's lines, they end only at line feeds, as in event streams."""
    rest = ""
    for text in response.iter_text():
        *lines, rest = (rest + text).split("\n")
        yield from lines
    yield rest
