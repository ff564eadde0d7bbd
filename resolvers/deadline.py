"""Until when an operation may work: a caller has left by then, or waits for what will not come."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar

SECONDS = 30.0
"""For every operation."""
LONG_SECONDS = 600.0
"""For what takes minutes on a large account, and goes on where it stopped when it is asked for again."""

_limit: ContextVar[asyncio.Timeout | None] = ContextVar("limit", default=None)


class DeadlineExceeded(Exception):
    """The operation took too long and was ended."""

    def __init__(self) -> None:
        super().__init__("The operation took too long and was stopped; ask for less, or try again.")


@asynccontextmanager
async def deadline() -> AsyncIterator[None]:
    """End what runs in the block, with all of its tasks, after `SECONDS`; raises `DeadlineExceeded`."""
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
    """Let the operation that this runs in take `LONG_SECONDS` from now."""
    if (limit := _limit.get()) is not None:
        limit.reschedule(asyncio.get_running_loop().time() + LONG_SECONDS)
