"""Builds responses."""

from typing import Any

import orjson
from starlette.responses import Response

from recollect.http.negotiation import DEFAULT, Format


class RequestRefused(Exception):
    """A request is not served. The message says why; the attributes are for the response."""

    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers


def answer(
    body: dict[str, Any], status: int, form: Format = DEFAULT, /, **headers: str
) -> Response:
    """A response as JSON. Header names are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()} if headers else None
    media_type = f"{form.media_type}; charset=utf-8"
    return Response(orjson.dumps(body), status, named, media_type)


def refusal(
    status: int, code: str, message: str, form: Format = DEFAULT, /, **headers: str
) -> Response:
    """The response to a request that was refused."""
    error = {"message": message, "extensions": {"code": code}}
    return answer({"errors": [error]}, status, form, **headers)


def refused(why: RequestRefused, form: Format = DEFAULT) -> Response:
    """The response that says why a request was refused."""
    return refusal(why.status, why.code, str(why), form, **why.headers)
