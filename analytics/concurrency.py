"""Small helpers for tasks that run at once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


@asynccontextmanager
async def together() -> AsyncIterator[asyncio.TaskGroup]:
    """A task group that raises its first failure as it is; the other tasks are cancelled."""
    try:
        async with asyncio.TaskGroup() as tasks:
            yield tasks
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def any_set(seconds: float, *events: asyncio.Event) -> None:
    """Wait until one of the events is set, for some seconds at most."""
    waiting = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()


class _Changing:
    """Something that tasks wait for to change."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def _change(self) -> None:
        self._changed.set()

    async def _until(self, ready: Callable[[], bool]) -> None:
        while not ready():
            self._changed.clear()
            await self._changed.wait()


class Budget(_Changing):
    """An amount of something that tasks share, and wait for while others have it."""

    def __init__(self, amount: int) -> None:
        """All of it is there."""
        super().__init__()
        self._left = amount

    async def take(self, amount: int) -> None:
        """Wait until so much is there, and take it."""
        await self._until(lambda: self._left >= amount)
        self._left -= amount

    def give_back(self, amount: int) -> None:
        """Give back what was taken."""
        self._left += amount
        self._change()


class TaskSharedLock(_Changing):
    """A lock that many tasks share or one holds exclusively; `SharedLock` is the same for threads."""

    def __init__(self) -> None:
        """Nobody is inside."""
        super().__init__()
        self._inside = 0
        self._alone = False

    @asynccontextmanager
    async def shared(self) -> AsyncIterator[None]:
        """Be inside with others."""
        await self._until(lambda: not self._alone)
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1
            self._change()

    @asynccontextmanager
    async def exclusive(self) -> AsyncIterator[None]:
        """Be inside by oneself; who comes meanwhile waits."""
        await self._until(lambda: not self._alone)
        self._alone = True
        try:
            await self._until(lambda: not self._inside)
            yield
        finally:
            self._alone = False
            self._change()
