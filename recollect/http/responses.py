"""The forms of an answer."""

from typing import Any

import orjson
from starlette.responses import Response

from recollect.http.negotiation import DEFAULT, Format


def answer(
    body: dict[str, Any], status: int, form: Format = DEFAULT, /, **headers: str
) -> Response:
    """An answer as JSON; a header's name is written with underscores."""
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
    """The answer to a request that was not carried out."""
    error = {"message": message, "extensions": {"code": code}}
    return answer({"errors": [error]}, status, form, **headers)
