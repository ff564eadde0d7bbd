"""How SQLite wakes watchers: immediately for commits of this process, by polling the file for others."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress

from stores.errors import StoreError
from stores.mirror_records import ExportMark
from stores.ports import Create, Wake, Write

LOOK_SECONDS = 0.25
"""How often the file is checked for writes of other processes."""


def touched(writes: Iterable[Write]) -> set[str | None]:
    """Whom a commit wakes: the owners of its records and, if it wrote a mark, the watchers of all marks.

    Users don't see marks, so neither a mark nor its removal wakes its owner.
    """
    return {
        None if write.key.kind is ExportMark else write.key.uid
        for write in writes
        if write.key.kind is not ExportMark or isinstance(write, Create)
    }


class Watchers:
    """The watchers of one file. `version` returns a number that changes with every commit by others."""

    def __init__(self, version: Callable[[], Awaitable[int]]) -> None:
        self._version = version
        self._wakes: dict[str | None, list[Wake]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._looking: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def watch(self, uid: str | None, wake: Wake) -> AsyncIterator[None]:
        """See `Store.watch`."""
        self._loop = asyncio.get_running_loop()
        self._wakes.setdefault(uid, []).append(wake)
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        else:
            wake()
        try:
            yield
        finally:
            self._wakes[uid].remove(wake)
            if not self._wakes[uid]:
                del self._wakes[uid]
            if not self._wakes and self._looking is not None:
                self._looking.cancel()
                self._looking = None

    def committed(self, whom: Iterable[str | None]) -> None:
        """Wake the watchers that a commit concerns. May be called from any thread."""
        if self._loop is not None and self._wakes:
            self._loop.call_soon_threadsafe(self._wake, list(whom))

    async def close(self) -> None:
        """Stop polling."""
        looking, self._looking = self._looking, None
        if looking:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking

    def _wake(self, whom: Iterable[str | None]) -> None:
        for uid in whom:
            for wake in list(self._wakes.get(uid, ())):
                wake()

    async def _look(self) -> None:
        seen: int | None = None
        while True:
            with suppress(StoreError):
                version = await self._version()
                if version != seen:
                    self._wake(list(self._wakes))
                seen = version
            await asyncio.sleep(LOOK_SECONDS)
