"""Reads that begin together share one hop to a thread, and each gets its own result."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from stores.sqlite.read_queue import AT_ONCE, ReadQueue


class Counted(ThreadPoolExecutor):
    """Two threads that count the hops to them."""

    hops = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.hops += 1
        return super().submit(fn, *args, **kwargs)


@pytest.fixture
async def threads() -> AsyncIterator[Counted]:
    with Counted(2) as made:
        yield made


@pytest.fixture
def queue(threads: Counted) -> ReadQueue:
    def connection() -> sqlite3.Connection:
        return sqlite3.connect(":memory:")

    return ReadQueue(threads, connection)


def number(value: int) -> Callable[[sqlite3.Connection], int]:
    """A read that returns a number."""
    return lambda connection: int(connection.execute("SELECT ?", (value,)).fetchone()[0])


def fail(connection: sqlite3.Connection) -> int:
    raise sqlite3.OperationalError("damaged")


async def test_reads_of_one_round_take_one_hop(queue: ReadQueue, threads: Counted) -> None:
    assert await asyncio.gather(*(queue.read(number(n)) for n in range(AT_ONCE))) == [
        *range(AT_ONCE)
    ]
    assert threads.hops == 1
    assert await queue.read(number(9)) == 9
    assert threads.hops == 2


async def test_many_reads_are_spread_over_the_threads(queue: ReadQueue, threads: Counted) -> None:
    many = range(2 * AT_ONCE + 1)
    assert await asyncio.gather(*(queue.read(number(n)) for n in many)) == [*many]
    assert threads.hops == 3


async def test_a_read_that_fails_fails_alone(queue: ReadQueue) -> None:
    found = await asyncio.gather(
        queue.read(number(1)), queue.read(fail), queue.read(number(2)), return_exceptions=True
    )
    assert found[0] == 1
    assert isinstance(found[1], sqlite3.OperationalError)
    assert found[2] == 2


async def test_a_cancelled_read_is_not_done(queue: ReadQueue) -> None:
    done: list[int] = []
    first = asyncio.create_task(queue.read(lambda connection: done.append(1)))
    other = asyncio.create_task(queue.read(number(2)))
    asyncio.get_running_loop().call_soon(first.cancel)
    assert await other == 2
    assert first.cancelled()
    assert not done


async def test_a_read_after_the_end_is_refused(queue: ReadQueue, threads: Counted) -> None:
    threads.shutdown()
    with pytest.raises(RuntimeError, match="after shutdown"):
        await queue.read(number(1))
