"""Receives request bodies, with a limit on their size and on how slowly they may arrive."""

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import Request

from recollect.http.responses import RequestRefused

PAUSE_SECONDS = 10.0
"""The longest pause between two parts of a body."""
GRACE_SECONDS = 10.0
"""The time allowed for any body; longer ones must arrive at `BYTES_PER_SECOND` on average."""
BYTES_PER_SECOND = 32 * 1024


class BadRequest(RequestRefused):
    """Something is wrong with the request itself."""

    def __init__(self, status: int, message: str, code: str = "BAD_REQUEST") -> None:
        # Close the connection, rather than wait for the unread rest of the body.
        headers = {"connection": "close"} if status in (408, 413) else {}
        super().__init__(status, code, message, **headers)


async def body_parts(request: Request, limit: int, too_long: str) -> AsyncIterator[bytes]:
    """The parts of a body of at most `limit` bytes, as they arrive.

    Raises `BadRequest`, with the message `too_long` if the body exceeds the limit, or if it is too slow or
    ends early.
    """
    loop = asyncio.get_running_loop()
    began, size, more = loop.time(), 0, True
    try:
        while more:
            latest = began + GRACE_SECONDS + size / BYTES_PER_SECOND
            async with asyncio.timeout_at(min(latest, loop.time() + PAUSE_SECONDS)):
                message = await request.receive()
            if message["type"] == "http.disconnect":
                raise BadRequest(400, "The body ended early.")
            part, more = message.get("body", b""), message.get("more_body", False)
            size += len(part)
            if size > limit:
                raise BadRequest(413, too_long)
            yield part
    except TimeoutError:
        raise BadRequest(408, "The body arrived too slowly; send it again.") from None
