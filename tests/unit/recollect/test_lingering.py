"""What a caller sends although it was refused is thrown away piece by piece."""

import asyncio

import pytest

from recollect.http import lingering


class Sending:
    """A caller that goes on sending for so many reads."""

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
