"""What all subscribers of a user in this process share: one watch of the store, and their reads."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from resolvers.errors import Code, Problem, Refused
from stores.ports import Store

T = TypeVar("T")

SUBSCRIPTIONS = 100
"""Of one user in one process at most."""


@dataclass(slots=True)
class _Hub:
    """The subscribers of one user, and the reads that are under way for them."""

    seats: int = 0
    reading: dict[Hashable, asyncio.Task[Any]] = field(default_factory=dict)


class Seat:
    """One subscriber's place."""

    def __init__(self, hub: _Hub) -> None:
        self._hub = hub
        self.woken = asyncio.Event()
        """Set when it is time to look again, as the store's `Wake` says."""

    def wake(self) -> None:
        """Look again. No read that began before shows what this tells of, so none is joined now."""
        self._hub.reading.clear()
        self.woken.set()

    async def read(self, what: Hashable, reading: Callable[[], Awaitable[T]]) -> T:
        """The outcome of `reading`, shared with all who want the same after the same waking."""
        task = self._hub.reading.get(what)
        if task is None:
            task = asyncio.ensure_future(reading())
            self._hub.reading[what] = task
            task.add_done_callback(lambda done: self._forget(what, done))
        return cast("T", await asyncio.shield(task))

    def _forget(self, what: Hashable, task: asyncio.Task[Any]) -> None:
        if self._hub.reading.get(what) is task:
            del self._hub.reading[what]
        if not task.cancelled():
            task.exception()  # those who asked may have left


class Live:
    """The subscribers of one process, by user."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._hubs: dict[str, _Hub] = {}

    @asynccontextmanager
    async def join(self, uid: str) -> AsyncIterator[Seat]:
        """Be woken by what changes for a user, as long as the block runs.

        Raises `Refused` (LIMIT_EXCEEDED) for a user who has too many subscriptions already.
        """
        hub = self._hubs.setdefault(uid, _Hub())
        if hub.seats >= SUBSCRIPTIONS:
            message = f"You have {SUBSCRIPTIONS} subscriptions, which is the limit; end one first."
            raise Refused(Problem(Code.LIMIT_EXCEEDED, message))
        seat = Seat(hub)
        hub.seats += 1
        try:
            async with self._store.watch(uid, seat.wake):
                yield seat
        finally:
            hub.seats -= 1
            if not hub.seats:
                del self._hubs[uid]
