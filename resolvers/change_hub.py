"""State shared by all of a user's subscriptions in this process: one watch of the store, and their reads."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from resolvers.errors import Code, Problem, Refused
from stores.ports import Store

T = TypeVar("T")

SUBSCRIPTIONS = 100
"""Most subscriptions of one user in one process."""


@dataclass(slots=True)
class _Hub:
    """One user's subscriptions, and the reads that are under way for them."""

    subscribers: int = 0
    reading: dict[Hashable, asyncio.Task[Any]] = field(default_factory=dict)


class Subscriber:
    """One subscription's share of a hub."""

    def __init__(self, hub: _Hub) -> None:
        self._hub = hub
        self.woken = asyncio.Event()
        """Set when it is time to read again; see the store's `Wake`."""

    def wake(self) -> None:
        """Wake the subscription to read again. A read that began earlier may miss this change, so it is no
        longer shared."""
        self._hub.reading.clear()
        self.woken.set()

    async def read(self, what: Hashable, reading: Callable[[], Awaitable[T]]) -> T:
        """The result of `reading`, shared with every caller that asks for the same after the same wake-up."""
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
            task.exception()  # perhaps nobody is waiting for it any more


class Live:
    """The subscriptions of one process, by user."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._hubs: dict[str, _Hub] = {}

    @asynccontextmanager
    async def join(self, uid: str) -> AsyncIterator[Subscriber]:
        """Yield a subscriber that is woken, while the block runs, when any of a user's data changes.

        Raises `Refused` (LIMIT_EXCEEDED) if the user has too many subscriptions already.
        """
        hub = self._hubs.setdefault(uid, _Hub())
        if hub.subscribers >= SUBSCRIPTIONS:
            message = f"You already have {SUBSCRIPTIONS} subscriptions, which is the limit; end one first."
            raise Refused(Problem(Code.LIMIT_EXCEEDED, message))
        subscriber = Subscriber(hub)
        hub.subscribers += 1
        try:
            async with self._store.watch(uid, subscriber.wake):
                yield subscriber
        finally:
            hub.subscribers -= 1
            if not hub.subscribers:
                del self._hubs[uid]
