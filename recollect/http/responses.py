"""Builds responses."""

from typing import Any

import orjson
from starlette.responses import Response

from recollect.http.negotiation import DEFAULT, Format


def answer(
    body: dict[str, Any], status: int, form: Format = DEFAULT, /, **headers: str
) -> Response:
    """A response as JSON. Header names are written with underscores."""
    return Response(
        orjson.dumps(body),
        status_code=status,
        headers={
            "Content-Type": f"{form.media_type}; charset=utf-8",
            **{name.replace("_", "-").title(): value for name, value in headers.items()},
        },
    )


def refusal(
    status: int, code: str, message: str, form: Format = DEFAULT, /, **headers: str
) -> Response:
    """The response to a request that was refused."""
    error = {"message": message, "extensions": {"code": code}}
    return answer({"errors": [error]}, status, form, **headers)
