"""Receives the bodies of requests: at most so long, and not slower than a caller who wants an answer."""

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request

PAUSE_SECONDS = 20.0
"""Between two parts of a body."""
GRACE_SECONDS = 30.0
"""For a body of any length; what is longer must come at `BYTES_PER_SECOND` on the whole."""
BYTES_PER_SECOND = 32 * 1024


class BadRequest(Exception):
    """The request can't be served as it is; the message says what is wrong with it."""

    def __init__(self, status: int, message: str, code: str = "BAD_REQUEST") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        # The rest of a body that was not read is not waited for.
        self.headers = {"connection": "close"} if status in (408, 413) else {}


async def body_parts(request: Request, limit: int, too_long: str) -> AsyncIterator[bytes]:
    """The parts of a body of at most `limit` bytes, as they come.

    Raises `BadRequest`: with `too_long` beyond the limit, and where the body is too slow or ends early.
    """
    loop = asyncio.get_running_loop()
    began, size = loop.time(), 0
    parts = request.stream()
    try:
        while True:
            latest = began + GRACE_SECONDS + size / BYTES_PER_SECOND
            async with asyncio.timeout_at(min(latest, loop.time() + PAUSE_SECONDS)):
                part = await anext(parts, None)
            if part is None:
                return
            size += len(part)
            if size > limit:
                raise BadRequest(413, too_long)
            yield part
    except TimeoutError:
        raise BadRequest(408, "The body comes too slowly; send it again.") from None
    except ClientDisconnect:
        raise BadRequest(400, "The body ended early.") from None
