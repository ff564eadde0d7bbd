"""How many operations run at once, and how many may wait: beyond that a caller is told to come back,
before what waits takes memory."""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from recollect.http.admission import TurnedAway

RUNNING = 50
"""Operations of one process at once."""
WAITING = 500
"""Operations that may wait for a place; of each only the headers were read."""
SHARE = 0.5
"""The part of the places, and of the queue, that one user may take."""
RETRY_SECONDS = 1
"""After which who was turned away may come back."""


class NoPlace(TurnedAway):
    """The queue is full, or the caller's share of it."""

    def __init__(self) -> None:
        message = f"The service has too much to do; try again in {RETRY_SECONDS} s."
        super().__init__(503, "UNAVAILABLE", message, retry_after=str(RETRY_SECONDS))


class Places:
    """The places for operations in one process. Users who wait take turns, whoever came first."""

    def __init__(
        self, running: int = RUNNING, waiting: int = WAITING, share: float = SHARE
    ) -> None:
        self._free = running
        self._most_waiting = waiting
        self._of_one = max(1, int(running * share))
        self._waiting_of_one = max(1, int(waiting * share))
        self._running: Counter[str] = Counter()
        self._queues: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._waiting = 0

    @asynccontextmanager
    async def hold(self, user: str) -> AsyncIterator[None]:
        """Hold a place as long as the block runs, once there is one; raises `NoPlace`."""
        if not self._open_to(user):
            await self._wait(user)
        else:
            self._take(user)
        try:
            yield
        finally:
            self._release(user)

    def _open_to(self, user: str) -> bool:
        return self._free > 0 and self._running[user] < self._of_one

    def _take(self, user: str) -> None:
        self._free -= 1
        self._running[user] += 1

    def _release(self, user: str) -> None:
        self._free += 1
        self._running -= Counter([user])
        self._pass_on()

    async def _wait(self, user: str) -> None:
        queue = self._queues.get(user, deque())
        if self._waiting >= self._most_waiting or len(queue) >= self._waiting_of_one:
            raise NoPlace
        called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queues.setdefault(user, queue).append(called)
        self._waiting += 1
        try:
            await called
        except asyncio.CancelledError:
            if called.cancelled():
                self._forget(user, called)
            else:  # the place was given just before
                self._release(user)
            raise

    def _pass_on(self) -> None:
        """Give free places to those who wait, one user after the other."""
        for user in list(self._queues):
            while self._open_to(user) and (queue := self._queues.get(user)):
                called = queue[0]
                self._forget(user, called)
                if not called.cancelled():
                    self._take(user)
                    called.set_result(None)
                    if user in self._queues:
                        self._queues.move_to_end(user)
                    break

    def _forget(self, user: str, called: asyncio.Future[None]) -> None:
        """Take one who waited out of the queue, unless that was done already."""
        queue = self._queues.get(user, deque())
        if called in queue:
            queue.remove(called)
            self._waiting -= 1
            if not queue:
                del self._queues[user]
