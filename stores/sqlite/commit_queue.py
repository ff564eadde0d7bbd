"""Waiting commits are written together: one transaction and one sync, but a separate result for each."""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import TypeAlias

from stores.ports import Committed, Write
from stores.sqlite.answers import Outcome, tell
from stores.sqlite.file import immediate
from stores.sqlite.writes import apply

AT_ONCE = 100
"""The most commits that share a transaction: the first of them waits for the last."""

Decide: TypeAlias = Callable[[sqlite3.Connection], Sequence[Write]]
"""The writes of a commit, decided under the lock."""
Landed: TypeAlias = Callable[[Sequence[Write]], None]
"""Called with the writes of each commit that was written."""

_Commit: TypeAlias = tuple[Decide, asyncio.Future[Committed]]


class CommitQueue:
    """The commits that wait for the one connection that writes."""

    def __init__(self) -> None:
        self._waiting: deque[_Commit] = deque()

    def add(self, decide: Decide) -> asyncio.Future[Committed]:
        """Queue a commit for `land`; if its future is cancelled before that, it does nothing."""
        answer: asyncio.Future[Committed] = asyncio.get_running_loop().create_future()
        self._waiting.append((decide, answer))
        return answer

    def land(self, opened: Callable[[], sqlite3.Connection], landed: Landed) -> None:
        """In the writer's thread: write the waiting commits, in order. An error in one of them affects only
        that one; if the transaction itself fails, none of them is written, and all of them get the error."""
        group = self._group()
        if not group:
            return
        outcomes: list[Outcome] = []
        written: list[Sequence[Write]] = []
        try:
            with immediate(opened()) as connection:
                for decide, answer in group:
                    try:
                        with _alone(connection) if len(group) > 1 else nullcontext():
                            writes = decide(connection)
                            committed = apply(connection, writes)
                    except Exception as error:
                        if len(group) == 1 or not connection.in_transaction:
                            raise
                        outcomes.append((answer, None, error))
                    else:
                        outcomes.append((answer, committed, None))
                        written.append(writes)
        except BaseException as error:
            # Who failed before is told so first.
            failed = [outcome for outcome in outcomes if outcome[2]]
            outcomes = [*failed, *((answer, None, error) for _, answer in group)]
            written.clear()
        for writes in written:
            landed(writes)
        group[0][1].get_loop().call_soon_threadsafe(tell, outcomes)

    def _group(self) -> Sequence[_Commit]:
        group: list[_Commit] = []
        while self._waiting and len(group) < AT_ONCE:
            commit = self._waiting.popleft()
            if not commit[1].cancelled():
                group.append(commit)
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
