"""Carries the operations of the generated client to the API."""

from collections.abc import Mapping
from typing import Any

import httpx
from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from client.api.base_model import UNSET

UNREACHABLE = "Recollect can't be reached at the moment. What you typed is kept; try again shortly."
UNEXPECTED = "Recollect gave no proper answer. What you typed is kept; try again shortly."
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
        body = {
            "query": query,
            "operationName": operation_name,
            "variables": {k: _plain(v) for k, v in variables.items() if v is not UNSET},
        }
        try:
            return self._http.post("/graphql", json=to_jsonable_python(body), headers=self.headers)
        except httpx.TransportError:
            raise ApiError(UNREACHABLE) from None

    def get_data(self, response: httpx.Response) -> dict[str, Any]:
        """The data of an answer; raises `ApiError` unless all of it came."""
        try:
            answer = response.json()
        except ValueError:
            raise ApiError(UNEXPECTED) from None
        if not isinstance(answer, dict):
            raise ApiError(UNEXPECTED)
        data: dict[str, Any] | None = answer.get("data")
        if errors := answer.get("errors"):
            raise ApiError(
                errors[0]["message"],
                errors[0].get("extensions", {}).get("code", ""),
                _seconds(response.headers.get("Retry-After")),
                data,
            )
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
