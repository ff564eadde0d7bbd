"""Limits how many operations run at once and how many may wait. Further callers are refused before their
requests take memory."""

import asyncio
import time
from collections import OrderedDict, defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from recollect.http.admission import NotAdmitted

RUNNING = 50
"""Operations that one process runs at once."""
WAITING = 500
"""Operations that may wait. Only their headers have been read."""
SHARE = 0.5
"""The share of the running operations, and of the queue, that one user may have."""
RETRY_SECONDS = 1
"""When a refused caller may try again."""


class QueueFull(NotAdmitted):
    """The queue, or the caller's share of it, is full."""

    def __init__(self) -> None:
        message = f"The service has too much to do; try again in {RETRY_SECONDS} s."
        super().__init__(503, "UNAVAILABLE", message, retry_after=str(RETRY_SECONDS))


class OperationQueue:
    """The operations of one process. Users who wait take turns, regardless of who came first.

    A place becomes free after a rest of `rest` times as long as it was held.
    """

    def __init__(
        self,
        running: int = RUNNING,
        waiting: int = WAITING,
        share: float = SHARE,
        rest: float = 0,
    ) -> None:
        self._rest = rest
        self._free = running
        self._most_waiting = waiting
        self._of_one = max(1, int(running * share))
        self._waiting_of_one = max(1, int(waiting * share))
        self._running: defaultdict[str, int] = defaultdict(int)
        self._queues: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._waiting = 0

    @asynccontextmanager
    async def hold(self, user: str) -> AsyncIterator[None]:
        """Wait until the operation may run, and count it as running until the block ends; raises
        `QueueFull`."""
        since = await self.take(user)
        try:
            yield
        finally:
            self.leave(user, since)

    async def take(self, user: str) -> float:
        """Wait until the operation may run, and count it as running until `leave`, which needs the returned
        time; raises `QueueFull`. Every request does this several times, and `hold` would take longer."""
        if not self._take_now(user):
            await self._wait(user)
        return time.monotonic()

    def leave(self, user: str, since: float) -> None:
        """Free a place that was taken at this time, at once or after its rest."""
        if self._rest:
            rest = self._rest * (time.monotonic() - since)
            asyncio.get_running_loop().call_later(rest, self._release, user)
        else:
            self._release(user)

    def _take_now(self, user: str) -> bool:
        """Count the operation as running, unless it has to wait. Returns whether it may run."""
        if self._free <= 0 or self._running.get(user, 0) >= self._of_one:
            return False
        self._free -= 1
        self._running[user] += 1
        return True

    def _release(self, user: str) -> None:
        self._free += 1
        self._running[user] -= 1
        if not self._running[user]:
            del self._running[user]
        if self._queues:
            self._pass_on()

    async def _wait(self, user: str) -> None:
        """Wait until the operation is counted as running; raises `QueueFull`."""
        queue = self._queues.get(user, deque())
        if self._waiting >= self._most_waiting or len(queue) >= self._waiting_of_one:
            raise QueueFull
        called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queues.setdefault(user, queue).append(called)
        self._waiting += 1
        try:
            await called
        except asyncio.CancelledError:
            if called.cancelled():
                self._forget(user, called)
            else:  # its turn came just before the cancellation
                self._release(user)
            raise

    def _pass_on(self) -> None:
        """Let those who wait run, one user after the other."""
        for user in list(self._queues):
            while (queue := self._queues.get(user)) and queue[0].cancelled():
                self._forget(user, queue[0])
            if queue and self._take_now(user):
                called = queue[0]
                self._forget(user, called)
                called.set_result(None)
                if user in self._queues:
                    self._queues.move_to_end(user)

    def _forget(self, user: str, called: asyncio.Future[None]) -> None:
        """Remove a waiting operation from the queue, unless it is already gone."""
        queue = self._queues.get(user, deque())
        if called in queue:
            queue.remove(called)
            self._waiting -= 1
            if not queue:
                del self._queues[user]
