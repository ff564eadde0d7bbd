"""Limits how long an operation may run: after that its caller has left, or waits in vain."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar

SECONDS = 30.0
"""The limit of every operation that does not call `take_long`."""
LONG_SECONDS = 600.0
"""For operations that take minutes on a large account, and continue where they stopped when repeated."""

_limit: ContextVar[asyncio.Timeout | None] = ContextVar("limit", default=None)


class DeadlineExceeded(Exception):
    """The operation took too long and was stopped."""

    def __init__(self) -> None:
        super().__init__("The operation took too long and was stopped; ask for less, or try again.")


@asynccontextmanager
async def deadline() -> AsyncIterator[None]:
    """Stop the block, with all of its tasks, after `SECONDS`; raises `DeadlineExceeded`."""
    try:
        async with asyncio.timeout(SECONDS) as limit:
            token = _limit.set(limit)
            try:
                yield
            finally:
                _limit.reset(token)
    except TimeoutError:
        if not limit.expired():
            raise
        raise DeadlineExceeded from None


def take_long() -> None:
    """Allow the current operation `LONG_SECONDS` from now."""
    if (limit := _limit.get()) is not None:
        limit.reschedule(asyncio.get_running_loop().time() + LONG_SECONDS)
