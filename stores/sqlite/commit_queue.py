"""Waiting commits are written together: one transaction and one sync, but a separate result for each."""

import sqlite3
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext
from typing import TypeAlias

from stores.ports import Committed, Write
from stores.sqlite.file import immediate
from stores.sqlite.writes import apply

AT_ONCE = 100
"""The most commits that share a transaction: the first of them waits for the last."""

Decide: TypeAlias = Callable[[sqlite3.Connection], Sequence[Write]]
"""The writes of a commit, decided under the lock."""
Landed: TypeAlias = Callable[[Sequence[Write]], None]
"""Called with the writes of each commit that was written."""


class CommitQueue:
    """The commits that wait for the one connection that writes."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Decide, Future[Committed]]] = deque()

    def add(self, decide: Decide) -> Future[Committed]:
        """Queue a commit for `land`; if its future is cancelled before that, it does nothing."""
        answer: Future[Committed] = Future()
        self._waiting.append((decide, answer))
        return answer

    def land(self, opened: Callable[[], sqlite3.Connection], landed: Landed) -> None:
        """Write the waiting commits, in order. An error in one of them affects only that one; if the
        transaction itself fails, none of them is written, and all of them get the error."""
        group = self._group()
        done: list[tuple[Future[Committed], Sequence[Write], Committed]] = []
        try:
            if group:
                with immediate(opened()) as connection:
                    for decide, answer in group:
                        try:
                            with _alone(connection) if len(group) > 1 else nullcontext():
                                writes = decide(connection)
                                done.append((answer, writes, apply(connection, writes)))
                        except Exception as error:
                            if len(group) == 1 or not connection.in_transaction:
                                raise
                            answer.set_exception(error)
        except BaseException as error:
            for _, answer in group:
                if not answer.done():
                    answer.set_exception(error)
            return
        for answer, writes, committed in done:
            landed(writes)
            answer.set_result(committed)

    def _group(self) -> list[tuple[Decide, Future[Committed]]]:
        group: list[tuple[Decide, Future[Committed]]] = []
        while self._waiting and len(group) < AT_ONCE:
            decide, answer = self._waiting.popleft()
            if answer.set_running_or_notify_cancel():
                group.append((decide, answer))
        return group


@contextmanager
def _alone(connection: sqlite3.Connection) -> Iterator[None]:
    """A part of a transaction that is undone if it fails."""
    connection.execute("SAVEPOINT part")
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK TO part")
            connection.execute("RELEASE part")
        raise
    connection.execute("RELEASE part")
