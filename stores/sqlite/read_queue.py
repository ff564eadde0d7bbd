"""Reads that come together, or while others are under way, share one call to a thread and one return."""

import asyncio
import sqlite3
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias, TypeVar

from stores.sqlite.answers import Outcome, tell

T = TypeVar("T")

AT_ONCE = 16
"""The most reads of a batch: the first of them waits for the last."""
PATIENCE = 0.03
"""Seconds after which a batch ends; if it does not, reads that wait for it soon get another thread."""

_Read: TypeAlias = tuple[Callable[[sqlite3.Connection], Any], asyncio.Future[Any]]
"""What to read, and where to tell it."""


class ReadQueue:
    """The reads that wait for one of several threads, each of which has its own connection.

    Threads that read at the same time wait for the interpreter's lock more than they read. So one of them
    reads, and the reads that come meanwhile are its next batch. If it takes long, another thread helps.
    """

    def __init__(
        self, threads: ThreadPoolExecutor, most: int, connection: Callable[[], sqlite3.Connection]
    ) -> None:
        """`most` is the number of threads."""
        self._threads = threads
        self._most = most
        self._connection = connection
        self._waiting: deque[_Read] = deque()
        self._reading = 0
        """Batches under way."""
        self._began = 0.0
        """When the last of them began."""
        self._starting = False
        """Whether a batch is about to begin."""
        self._watching = False
        """Whether it is noticed if a batch takes long."""

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """The result of `work`; raises what it raises, and RuntimeError once the threads are shut down."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._waiting.append((work, answer))
        if not self._reading and not self._starting:
            self._starting = True
            # In the round after the next: the reads of a request often begin one round apart.
            loop.call_soon(loop.call_soon, self._start, loop)
        return await answer

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._starting = False
        self._begin(loop)

    def _help(self, loop: asyncio.AbstractEventLoop) -> None:
        """While reads are under way: begin another batch if the last one takes long."""
        self._watching = bool(self._reading)
        if self._watching:
            loop.call_later(PATIENCE, self._help, loop)
            if self._reading < self._most and time.monotonic() - self._began >= PATIENCE:
                self._begin(loop)

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._waiting:
            return
        try:
            self._threads.submit(self._run, loop)
        except RuntimeError as shut_down:
            tell([(answer, None, shut_down) for _, answer in self._waiting])
            self._waiting.clear()
        else:
            self._reading += 1
            self._began = time.monotonic()
            if not self._watching:
                self._watching = True
                loop.call_later(PATIENCE, self._help, loop)

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        """In a thread: do reads that wait, each separately, then report them to the event loop."""
        until = time.monotonic() + PATIENCE
        done: list[Outcome] = []
        for _ in range(min(len(self._waiting), AT_ONCE)):
            try:
                work, answer = self._waiting.popleft()
            except IndexError:  # another thread took it
                break
            if answer.cancelled():
                continue
            try:
                done.append((answer, work(self._connection()), None))
            except BaseException as error:
                done.append((answer, None, error))
            if time.monotonic() > until:
                break
        loop.call_soon_threadsafe(self._end, loop, done)

    def _end(self, loop: asyncio.AbstractEventLoop, done: list[Outcome]) -> None:
        self._reading -= 1
        self._begin(loop)
        tell(done)
