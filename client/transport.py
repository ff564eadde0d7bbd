"""Carries the operations of the generated client to the API."""

import json
import ssl
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import httpx
from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from client.wording import N_, _

UNREACHABLE = N_(
    "Recollect can't be reached at the moment. What you typed is kept; try again shortly."
)
UNEXPECTED = N_("Recollect sent an unexpected response. What you typed is kept; try again shortly.")
EVENTS = "text/event-stream"
IDLE_SECONDS = 2
"""How long an unused connection is kept: not as long as the server keeps it, so that it is never
found closed."""


class ApiError(Exception):
    """A request got no complete answer.

    The message is for the user. `code` is the API's error code, or empty; `retry_after` is how many seconds
    the API asks to wait; `data` is what it returned despite the error.
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

    Whole documents are sent, so it also works where only trusted documents run. `headers` carry the
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
    ) -> dict[str, Any]:
        """The data that one operation returns; raises `ApiError` if there is none, or if there are errors."""
        body = _body(query, operation_name, variables)
        try:
            response = self._http.post("/graphql", json=body, headers=self.headers)
        except httpx.TransportError:
            raise ApiError(_(UNREACHABLE)) from None
        return _answered(response)

    def get_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """The data that the generated methods validate: exactly what `execute` returns."""
        return data

    def follow(
        self, query: str, operation_name: str, variables: Mapping[str, object]
    ) -> Iterator[dict[str, Any] | None]:
        """The data of each event of a subscription, as it comes, until the subscription ends.

        Between events it yields None every few seconds, at each keep-alive, so that the caller can
        stop. Raises `ApiError`.
        """
        body = _body(query, operation_name, variables)
        headers = {**(self.headers or {}), "Accept": EVENTS}
        try:
            with self._http.stream("POST", "/graphql", json=body, headers=headers) as response:
                if response.headers.get("Content-Type", "").partition(";")[0] != EVENTS:
                    response.read()
                    _answered(response)
                    raise ApiError(_(UNEXPECTED))
                for line in response.iter_lines():
                    data = line.startswith("data: {")
                    yield _data(line.removeprefix("data: ")) if data else None
        except httpx.TransportError:
            raise ApiError(_(UNREACHABLE)) from None


@cache
def _trusted_authorities() -> ssl.SSLContext:
    """The trusted certificate authorities. They are read once, because that takes some 40 ms."""
    return httpx.create_ssl_context()


def plain_variables(variables: Mapping[str, object]) -> Any:
    """Variables as they are sent: without unset fields, so that null differs from absent."""
    return to_jsonable_python(
        {
            name: value.model_dump(by_alias=True, exclude_unset=True)
            if isinstance(value, BaseModel)
            else value
            for name, value in variables.items()
        }
    )


def _body(query: str, operation_name: str, variables: Mapping[str, object]) -> Any:
    return {
        "query": query,
        "operationName": operation_name,
        "variables": plain_variables(variables),
    }


def _answered(response: httpx.Response) -> dict[str, Any]:
    return _data(response.text, _seconds(response.headers.get("Retry-After")))


def _data(text: str, retry_after: int | None = None) -> dict[str, Any]:
    try:
        answer = json.loads(text)
    except ValueError:
        raise ApiError(_(UNEXPECTED)) from None
    if not isinstance(answer, dict):
        raise ApiError(_(UNEXPECTED))
    data: dict[str, Any] | None = answer.get("data")
    if errors := answer.get("errors"):
        code = errors[0].get("extensions", {}).get("code", "")
        raise ApiError(errors[0]["message"], code, retry_after, data)
    if data is None:
        raise ApiError(_(UNEXPECTED))
    return data


def _seconds(header: str | None) -> int | None:
    return int(header) if header and header.isdecimal() else None
