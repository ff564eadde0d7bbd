"""Helpers for concurrent tasks."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


@asynccontextmanager
async def together() -> AsyncIterator[asyncio.TaskGroup]:
    """A task group that raises its first failure itself, not in a group. The other tasks are cancelled."""
    try:
        async with asyncio.TaskGroup() as tasks:
            yield tasks
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def any_set(seconds: float, *events: asyncio.Event) -> None:
    """Wait until one of the events is set, but at most `seconds`."""
    waiting = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()


class _Changing:
    """Lets tasks wait until a condition holds."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def _change(self) -> None:
        self._changed.set()

    async def _until(self, ready: Callable[[], bool]) -> None:
        while not ready():
            self._changed.clear()
            await self._changed.wait()


class Budget(_Changing):
    """A limited amount of something that tasks share; they wait while others hold it."""

    def __init__(self, amount: int) -> None:
        """Start with the whole amount available."""
        super().__init__()
        self._left = amount

    async def take(self, amount: int) -> None:
        """Wait until this much is available, and take it."""
        await self._until(lambda: self._left >= amount)
        self._left -= amount

    def give_back(self, amount: int) -> None:
        """Return what was taken."""
        self._left += amount
        self._change()


class TaskSharedLock(_Changing):
    """A lock that many tasks share or one task holds exclusively; `SharedLock` is the same for threads."""

    def __init__(self) -> None:
        """Create an unlocked lock."""
        super().__init__()
        self._inside = 0
        self._alone = False

    @asynccontextmanager
    async def shared(self) -> AsyncIterator[None]:
        """Hold the lock together with others."""
        await self._until(lambda: not self._alone)
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1
            self._change()

    @asynccontextmanager
    async def exclusive(self) -> AsyncIterator[None]:
        """Hold the lock alone. Tasks that arrive meanwhile wait."""
        await self._until(lambda: not self._alone)
        self._alone = True
        try:
            await self._until(lambda: not self._inside)
            yield
        finally:
            self._alone = False
            self._change()
