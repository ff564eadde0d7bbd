"""Limits how long an operation may run: after that its caller has left, or waits in vain."""

import asyncio
from contextvars import ContextVar
from typing import cast

SECONDS = 30.0
"""The limit of every operation that does not call `take_long`."""
LONG_SECONDS = 600.0
"""For operations that take minutes on a large account, and continue where they stopped when repeated."""


class DeadlineExceeded(Exception):
    """The operation took too long and was stopped."""

    def __init__(self) -> None:
        super().__init__("The operation took too long and was stopped; ask for less, or try again.")


class Deadline:
    """Stops a block, with all that it waits for, after some seconds, by default `SECONDS`; raises
    `DeadlineExceeded`. If somebody else cancels the block's task meanwhile, it ends as cancelled.

    It does what `asyncio.timeout` does in half the time: every request needs two.
    """

    __slots__ = ("_cancelling", "_expired", "_seconds", "_task", "_timer", "_token")

    def __init__(self, seconds: float | None = None) -> None:
        self._seconds = SECONDS if seconds is None else seconds
        self._expired = False

    def __enter__(self) -> None:
        self._task = cast("asyncio.Task[object]", asyncio.current_task())
        self._cancelling = self._task.cancelling()
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._expire)
        self._token = _current.set(self)

    def __exit__(self, kind: type[BaseException] | None, *failure: object) -> None:
        self._timer.cancel()
        _current.reset(self._token)
        if self._expired:
            others = self._task.uncancel() - self._cancelling
            if kind is asyncio.CancelledError and others <= 0:
                raise DeadlineExceeded from None

    def extend(self, seconds: float) -> None:
        """Let the block run for some seconds from now."""
        self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._expire)

    def _expire(self) -> None:
        self._expired = True
        self._task.cancel()


_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


def take_long() -> None:
    """Allow the current operation `LONG_SECONDS` from now."""
    if (deadline := _current.get()) is not None:
        deadline.extend(LONG_SECONDS)
