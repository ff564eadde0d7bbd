"""Calls the GraphQL API."""

from typing import Any

import httpx

UNREACHABLE = "Recollect can't be reached at the moment. What you typed is kept; try again shortly."
UNEXPECTED = "Recollect gave no proper answer. What you typed is kept; try again shortly."
IDLE_SECONDS = 2
"""How long an unused connection is kept: less than the server does, so none is found closed."""


class ApiError(Exception):
    """A request got no full answer.

    The message is for the person at the screen. `code` is the API's, empty where it sent none;
    `data` is what it answered nevertheless.
    """

    def __init__(self, message: str, code: str = "", data: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.data = data


class Api:
    """The GraphQL API at `url`, as one user."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(
            base_url=url,
            timeout=httpx.Timeout(30, connect=5),
            limits=httpx.Limits(keepalive_expiry=IDLE_SECONDS),
        )

    def execute(self, document: str, **variables: Any) -> dict[str, Any]:
        """The data of one operation; raises `ApiError` unless all of it came."""
        try:
            response = self._client.post(
                "/graphql", json={"query": document, "variables": variables}
            )
            answer = response.json()
        except httpx.TransportError:
            raise ApiError(UNREACHABLE) from None
        except ValueError:
            raise ApiError(UNEXPECTED) from None
        if not isinstance(answer, dict):
            raise ApiError(UNEXPECTED)
        data: dict[str, Any] | None = answer.get("data")
        if errors := answer.get("errors"):
            code = errors[0].get("extensions", {}).get("code", "")
            raise ApiError(errors[0]["message"], code, data)
        if data is None:
            raise ApiError(UNEXPECTED)
        return data
