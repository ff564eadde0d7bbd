"""Reads that begin within two rounds of the event loop share one call to a thread and one return."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias, TypeVar

from stores.sqlite.answers import Outcome, tell

T = TypeVar("T")

AT_ONCE = 8
"""The most reads that share a thread: the first of them waits for the last."""


_Read: TypeAlias = tuple[Callable[[sqlite3.Connection], Any], asyncio.Future[Any]]
"""What to read, and where to tell it."""


class ReadQueue:
    """The reads that wait for one of several threads, each of which has its own connection."""

    def __init__(
        self, threads: ThreadPoolExecutor, connection: Callable[[], sqlite3.Connection]
    ) -> None:
        self._threads = threads
        self._connection = connection
        self._waiting: list[_Read] = []
        self._starting = False

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """The result of `work`; raises what it raises, and RuntimeError once the threads are shut down."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._waiting.append((work, answer))
        if not self._starting:
            self._starting = True
            # In the round after the next: the reads of a request often begin one round apart.
            loop.call_soon(loop.call_soon, self._start, loop)
        return await answer

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        waiting, self._waiting, self._starting = self._waiting, [], False
        for begin in range(0, len(waiting), AT_ONCE):
            group = waiting[begin : begin + AT_ONCE]
            try:
                self._threads.submit(self._run, loop, group)
            except RuntimeError as shut_down:
                tell([(answer, None, shut_down) for _, answer in group])

    def _run(self, loop: asyncio.AbstractEventLoop, group: Sequence[_Read]) -> None:
        """In a thread: do each read separately, then report all of them to the event loop."""
        done: list[Outcome] = []
        for work, answer in group:
            if answer.cancelled():
                continue
            try:
                done.append((answer, work(self._connection()), None))
            except BaseException as error:
                done.append((answer, None, error))
        loop.call_soon_threadsafe(tell, done)
