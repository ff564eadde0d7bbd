"""Data that a caller sends after it was refused is discarded piece by piece."""

import asyncio
from types import SimpleNamespace

import pytest

from recollect.http import lingering


class Sending:
    """A caller that continues to send for a number of reads."""

    def __init__(self, name: str, drain: lingering.Drain, reads: int, log: list[str]) -> None:
        self.name, self.drain, self.reads, self.log = name, drain, reads, log
        self.ended = asyncio.Event()

    def read_on(self) -> None:
        self.log.append(self.name)
        self.reads -= 1
        if self.reads:
            self.drain.add(self)
        else:
            self.ended.set()


async def test_callers_take_turns_until_all_have_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lingering, "PAUSE_SECONDS", 0)
    drain, log = lingering.Drain(), list[str]()
    callers = [Sending(*each, log) for each in (("a", drain, 3), ("b", drain, 1), ("c", drain, 2))]
    for caller in callers:
        drain.add(caller)
    async with asyncio.timeout(10):
        await asyncio.gather(*(caller.ended.wait() for caller in callers))
    assert log == ["a", "b", "c", "a", "c", "a"]


async def test_who_left_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lingering, "PAUSE_SECONDS", 0)
    drain, log = lingering.Drain(), list[str]()
    gone, there = (Sending(name, drain, 1, log) for name in ("gone", "there"))
    drain.add(gone)
    drain.forget(gone)
    drain.forget(gone)
    drain.add(there)
    async with asyncio.timeout(10):
        await there.ended.wait()
    assert log == ["there"]


class Connection:
    """A connection that keeps the data written to it, call by call."""

    def __init__(self, method: str) -> None:
        self.cycle = SimpleNamespace(scope={"method": method}, more_body=False)
        self.transport = self
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


async def test_a_head_leaves_with_the_first_part_of_its_body() -> None:
    connection = Connection("POST")
    response = lingering.Unread(connection)
    response.write(b"head ")
    response.write(b"body")
    await asyncio.sleep(0)
    response.write(b"more")
    assert connection.written == [b"head body", b"more"]


async def test_a_head_does_not_wait_for_a_body_that_comes_later() -> None:
    connection = Connection("POST")
    response = lingering.Unread(connection)
    response.write(b"head ")
    await asyncio.sleep(0)
    assert connection.written == [b"head "]
    response.write(b"event")
    assert connection.written == [b"head ", b"event"]


async def test_a_head_without_a_body_leaves_at_once() -> None:
    connection = Connection("HEAD")
    lingering.Unread(connection).write(b"head")
    assert connection.written == [b"head"]


async def test_a_head_leaves_before_its_connection_is_closed() -> None:
    connection = Connection("POST")
    response = lingering.Unread(connection)
    response.write(b"head")
    response.close()
    await asyncio.sleep(0)
    assert connection.written == [b"head"]
    assert connection.closed
