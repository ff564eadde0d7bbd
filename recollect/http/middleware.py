"""Adds an id and a header against caching to every response, and logs it."""

import logging
import time
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recollect.http.errors import INTERNAL_MESSAGE, where
from recollect.http.request_headers import request_headers
from recollect.http.request_ids import request_ids
from recollect.http.responses import refusal

log = logging.getLogger(__name__)

IDS = "recollect.request_ids"
"""The key of a request's ids in its scope."""
REFUSED = "recollect.refused"
"""The key in a request's scope that marks a refused operation, which not every status shows."""
_OURS = (b"cache-control", b"x-request-id")


class ResponseMiddleware:
    """Sets the headers of every response, logs requests to `logged_path`, and responds to unexpected errors.

    `observe` is called with the route, status and seconds of each response.
    """

    def __init__(
        self, app: ASGIApp, logged_path: str, observe: Callable[[str, int, float], None]
    ) -> None:
        self._app = app
        self._logged_path = logged_path
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = request_headers(scope)
        ids = request_ids(headers)
        scope[IDS] = ids
        started = time.perf_counter()
        status, sent = 0, 0

        def send_with_headers(message: Message) -> Awaitable[None]:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                given = [header for header in message["headers"] if header[0] not in _OURS]
                message["headers"] = [
                    *given,
                    (b"cache-control", b"private, no-store"),
                    (b"x-request-id", ids.request_id.encode()),
                ]
            else:
                sent += len(message.get("body", b""))
            return send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception as error:
            # The message is left out, because it can contain user text.
            log.error("internal error", extra={**ids.log_fields, **where(error)})
            if status == 0:
                response = refusal(500, "INTERNAL", INTERNAL_MESSAGE)
                await response(scope, receive, send_with_headers)
        seconds = time.perf_counter() - started
        self._observe(route(scope), status, seconds)
        if scope["path"] == self._logged_path:
            milliseconds = round(seconds * 1000, 1)
            size = headers.get("content-length", "")
            about = {
                "method": scope["method"],
                "path": scope["path"],
                "status": status,
                "ms": milliseconds,
                **({"request_bytes": int(size)} if size.isdecimal() else {}),
                "response_bytes": sent,
            }
            log.info("request", extra={**ids.log_fields, **about})


async def internal_error(request: Request, error: Exception) -> Response:
    """FastAPI's answer to an unexpected error, which then reaches `ResponseMiddleware`."""
    return refusal(500, "INTERNAL", INTERNAL_MESSAGE)


def route(scope: Scope) -> str:
    """The first part of a known route's path, for a request that was served; the rest can be secret."""
    return f"/{scope['path'].split('/')[1]}" if "endpoint" in scope else "other"
