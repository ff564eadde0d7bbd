"""Carries the operations of the generated client to the API."""

import json
import ssl
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import httpx
from pydantic import BaseModel
from pydantic_core import to_jsonable_python

UNREACHABLE = "Recollect can't be reached at the moment. What you typed is kept; try again shortly."
UNEXPECTED = "Recollect gave no proper answer. What you typed is kept; try again shortly."
EVENTS = "text/event-stream"
IDLE_SECONDS = 2
"""How long an unused connection is kept: less than the server does, so none is found closed."""


class ApiError(Exception):
    """A request got no full answer.

    The message is for the person at the screen. `code` is the API's, empty where it sent none;
    `retry_after` is how many seconds it asks to wait; `data` is what it answered nevertheless.
    """

    def __init__(
        self,
        message: str,
        code: str = "",
        retry_after: int | None = None,
        data: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after = retry_after
        self.data = data


class Transport:
    """The GraphQL API at `url`, as one user. May be used by several threads.

    Whole documents are sent, so it works the same where only trusted ones run. `headers` carry the
    credential and are sent with each request; they may be replaced.
    """

    def __init__(self, url: str, headers: Mapping[str, str] | None = None) -> None:
        self.headers = headers
        self._http = httpx.Client(
            base_url=url,
            timeout=httpx.Timeout(30, connect=5),
            limits=httpx.Limits(keepalive_expiry=IDLE_SECONDS),
            verify=_trusted_authorities(),
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def execute(
        self,
        query: str,
        operation_name: str,
        variables: Mapping[str, object],
    ) -> httpx.Response:
        """Send one operation; raises `ApiError` if no answer comes."""
        body = _body(query, operation_name, variables)
        try:
            return self._http.post("/graphql", json=body, headers=self.headers)
        except httpx.TransportError:
            raise ApiError(UNREACHABLE) from None

    def get_data(self, response: httpx.Response) -> dict[str, Any]:
        """The data of an answer; raises `ApiError` unless all of it came."""
        return _data(response.text, _seconds(response.headers.get("Retry-After")))

    def follow(
        self, query: str, operation_name: str, variables: Mapping[str, object]
    ) -> Iterator[dict[str, Any] | None]:
        """The data of each event of a subscription, as it comes, until the subscription ends.

        None comes for each sign of life in between, some seconds apart, so that whoever waits can leave.
        Raises `ApiError`.
        """
        body = _body(query, operation_name, variables)
        headers = {**(self.headers or {}), "Accept": EVENTS}
        try:
            with self._http.stream("POST", "/graphql", json=body, headers=headers) as response:
                if response.headers.get("Content-Type", "").partition(";")[0] != EVENTS:
                    response.read()
                    self.get_data(response)
                    raise ApiError(UNEXPECTED)
                for line in response.iter_lines():
                    data = line.startswith("data: {")
                    yield _data(line.removeprefix("data: ")) if data else None
        except httpx.TransportError:
            raise ApiError(UNREACHABLE) from None


@cache
def _trusted_authorities() -> ssl.SSLContext:
    """What certificates are checked against; read once, because reading takes some 40 ms."""
    return httpx.create_ssl_context()


def _body(query: str, operation_name: str, variables: Mapping[str, object]) -> Any:
    return to_jsonable_python(
        {
            "query": query,
            "operationName": operation_name,
            "variables": {name: _plain(value) for name, value in variables.items()},
        }
    )


def _data(text: str, retry_after: int | None = None) -> dict[str, Any]:
    try:
        answer = json.loads(text)
    except ValueError:
        raise ApiError(UNEXPECTED) from None
    if not isinstance(answer, dict):
        raise ApiError(UNEXPECTED)
    data: dict[str, Any] | None = answer.get("data")
    if errors := answer.get("errors"):
        code = errors[0].get("extensions", {}).get("code", "")
        raise ApiError(errors[0]["message"], code, retry_after, data)
    if data is None:
        raise ApiError(UNEXPECTED)
    return data


def _plain(value: object) -> object:
    """A variable without the fields that were not set, so that null is told from absent."""
    return (
        value.model_dump(by_alias=True, exclude_unset=True)
        if isinstance(value, BaseModel)
        else value
    )


def _seconds(header: str | None) -> int | None:
    return int(header) if header and header.isdecimal() else None
