"""Limits how long an operation may run: after that its caller has left, or waits in vain."""

import asyncio
from contextvars import ContextVar
from types import TracebackType

SECONDS = 30.0
"""The limit of every operation that does not call `take_long`."""
LONG_SECONDS = 600.0
"""For operations that take minutes on a large account, and continue where they stopped when repeated."""

_limit: ContextVar[asyncio.Timeout | None] = ContextVar("limit", default=None)


class DeadlineExceeded(Exception):
    """The operation took too long and was stopped."""

    def __init__(self) -> None:
        super().__init__("The operation took too long and was stopped; ask for less, or try again.")


class Deadline:
    """Stops a block, with all of its tasks, after `SECONDS`; raises `DeadlineExceeded`."""

    __slots__ = ("_timeout", "_token")

    async def __aenter__(self) -> None:
        self._timeout = asyncio.timeout(SECONDS)
        await self._timeout.__aenter__()
        self._token = _limit.set(self._timeout)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _limit.reset(self._token)
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError:
            raise DeadlineExceeded from None


def take_long() -> None:
    """Allow the current operation `LONG_SECONDS` from now."""
    if (limit := _limit.get()) is not None:
        limit.reschedule(asyncio.get_running_loop().time() + LONG_SECONDS)
