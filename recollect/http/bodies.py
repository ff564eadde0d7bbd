"""Receives request bodies, with a limit on their size and on how slowly they may arrive."""

import time

from starlette.types import Receive

from recollect.http.responses import RequestRefused
from resolvers.deadline import Deadline, DeadlineExceeded

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


class BodyParts:
    """The parts of a body of at most `limit` bytes, as they arrive."""

    __slots__ = ("_began", "_limit", "_receive", "_size", "_too_long", "more")

    more: bool
    """Whether there is a next part."""

    def __init__(self, receive: Receive, limit: int, too_long: str) -> None:
        self._receive = receive
        self._limit = limit
        self._too_long = too_long
        self._began = time.monotonic()
        self._size = 0
        self.more = True

    async def next(self) -> bytes:
        """The next part. Raises `BadRequest`, with the message `too_long` if the body exceeds the limit, or
        if it is too slow or ends early."""
        allowed = GRACE_SECONDS + self._size / BYTES_PER_SECOND
        left = self._began + allowed - time.monotonic()
        try:
            with Deadline(min(left, PAUSE_SECONDS)):
                message = await self._receive()
        except DeadlineExceeded:
            raise BadRequest(408, "The body arrived too slowly; send it again.") from None
        if message["type"] == "http.disconnect":
            raise BadRequest(400, "The body ended early.")
        part: bytes = message.get("body", b"")
        self.more = message.get("more_body", False)
        self._size += len(part)
        if self._size > self._limit:
            raise BadRequest(413, self._too_long)
        return part
