"""Reads that come together, or meanwhile, share one hop to a thread, and each gets its own result."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from stores.sqlite import read_queue
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

    return ReadQueue(threads, 2, connection)


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


async def test_many_reads_are_divided_into_batches(queue: ReadQueue, threads: Counted) -> None:
    many = range(2 * AT_ONCE + 1)
    assert await asyncio.gather(*(queue.read(number(n)) for n in many)) == [*many]
    assert threads.hops == 3


class Slow:
    """A read that takes until it is let go."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()

    def __call__(self, connection: sqlite3.Connection) -> None:
        self.begun.set()
        self.go_on.wait()


@pytest.fixture
async def slow(queue: ReadQueue) -> AsyncIterator[Slow]:
    """A read that is under way."""
    read = Slow()
    reading = asyncio.create_task(queue.read(read))
    await asyncio.to_thread(read.begun.wait)
    yield read
    read.go_on.set()
    await reading


async def test_reads_that_come_meanwhile_share_the_next_hop(
    queue: ReadQueue, threads: Counted, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_queue, "PATIENCE", 60.0)
    later = [asyncio.create_task(queue.read(number(n))) for n in range(3)]
    await asyncio.sleep(0)
    assert threads.hops == 1
    slow.go_on.set()
    assert await asyncio.gather(*later) == [0, 1, 2]
    assert threads.hops == 2


async def test_a_read_that_takes_long_holds_nobody_up(
    queue: ReadQueue, threads: Counted, slow: Slow
) -> None:
    assert await asyncio.gather(*(queue.read(number(n)) for n in range(3))) == [0, 1, 2]
    assert threads.hops == 2


async def test_what_waits_behind_a_long_read_of_its_batch_gets_another_thread(
    queue: ReadQueue,
) -> None:
    slow = Slow()
    first, others = asyncio.create_task(queue.read(slow)), [queue.read(number(n)) for n in range(3)]
    behind = asyncio.gather(*others)
    await asyncio.to_thread(slow.begun.wait)
    after = asyncio.create_task(queue.read(number(3)))
    assert await behind == [0, 1, 2]
    assert await after == 3
    assert not first.done()
    slow.go_on.set()
    await first


async def test_no_more_batches_than_threads_are_under_way(
    queue: ReadQueue, threads: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_queue, "PATIENCE", 0.001)
    slow = Slow()
    reading = [asyncio.create_task(queue.read(slow)) for _ in range(4)]
    for _ in range(20):
        await asyncio.sleep(0.002)
    assert threads.hops == 2
    slow.go_on.set()
    await asyncio.gather(*reading)


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
