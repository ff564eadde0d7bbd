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


class _Answer(Response):
    """A response whose headers are complete: Starlette need not find out which are missing."""

    def __init__(self, body: bytes, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        self.body, self.status_code, self.raw_headers = body, status, headers
        self.background = None


def answer(
    body: dict[str, Any], status: int, form: Format = DEFAULT, /, **headers: str
) -> Response:
    """A response as JSON. Header names are written with underscores."""
    content = orjson.dumps(body)
    sent = [
        (b"content-length", b"%d" % len(content)),
        (b"content-type", f"{form.media_type}; charset=utf-8".encode()),
    ]
    for name, value in headers.items():
        sent.append((name.replace("_", "-").lower().encode(), value.encode("latin-1")))
    return _Answer(content, status, sent)


def refusal(
    status: int, code: str, message: str, form: Format = DEFAULT, /, **headers: str
) -> Response:
    """The response to a request that was refused."""
    error = {"message": message, "extensions": {"code": code}}
    return answer({"errors": [error]}, status, form, **headers)


def refused(why: RequestRefused, form: Format = DEFAULT) -> Response:
    """The response that says why a request was refused."""
    return refusal(why.status, why.code, str(why), form, **why.headers)
