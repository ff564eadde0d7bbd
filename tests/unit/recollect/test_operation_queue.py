"""The operation queue: which operations run, wait, or are refused."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recollect.http.operation_queue import OperationQueue, QueueFull


class Held:
    """Operations that hold a place in the queue until a test ends them."""

    def __init__(self, queue: OperationQueue) -> None:
        self.queue = queue
        self.running: list[str] = []
        self._ends: dict[str, list[asyncio.Event]] = {}
        self.tasks: list[asyncio.Task[None]] = []

    async def start(self, user: str) -> asyncio.Task[None]:
        task = asyncio.create_task(self._hold(user))
        self.tasks.append(task)
        await asyncio.sleep(0)
        return task

    async def end(self, user: str) -> None:
        self._ends[user].pop(0).set()
        for _ in range(5):
            await asyncio.sleep(0)

    async def _hold(self, user: str) -> None:
        async with self.queue.hold(user):
            end = asyncio.Event()
            self.running.append(user)
            self._ends.setdefault(user, []).append(end)
            try:
                await end.wait()
            finally:
                self.running.remove(user)
                if end in self._ends[user]:
                    self._ends[user].remove(end)


@asynccontextmanager
async def held(running: int, waiting: int, share: float = 1) -> AsyncIterator[Held]:
    holding = Held(OperationQueue(running, waiting, share))
    try:
        yield holding
    finally:
        for task in holding.tasks:
            task.cancel()
        await asyncio.gather(*holding.tasks, return_exceptions=True)


async def test_who_finds_no_place_waits_and_who_finds_no_room_to_wait_is_turned_away() -> None:
    async with held(running=2, waiting=1) as holding:
        for user in ("a", "b", "c"):
            await holding.start(user)
        assert holding.running == ["a", "b"]
        with pytest.raises(QueueFull) as refused:
            await (await holding.start("d"))
        assert refused.value.status == 503
        assert refused.value.headers == {"retry_after": "1"}
        await holding.end("a")
        assert holding.running == ["b", "c"]


async def test_one_user_takes_neither_all_places_nor_all_of_the_queue() -> None:
    async with held(running=4, waiting=4, share=0.5) as holding:
        for _ in range(4):
            await holding.start("busy")
        assert holding.running == ["busy", "busy"]
        with pytest.raises(QueueFull):
            await (await holding.start("busy"))
        await holding.start("other")
        assert holding.running == ["busy", "busy", "other"]


async def test_users_who_wait_take_turns_however_many_one_sent_before() -> None:
    async with held(running=1, waiting=10) as holding:
        for user in ("a", "a", "a", "a", "b"):
            await holding.start(user)
        order = []
        for _ in range(5):
            order += holding.running
            await holding.end(holding.running[0])
        assert order == ["a", "a", "b", "a", "a"]


async def test_a_place_that_rests_lets_everything_that_is_ready_go_first() -> None:
    queue = OperationQueue(running=1, rest=0.1)
    order: list[str] = []

    async def hold(user: str) -> None:
        async with queue.hold(user):
            order.append(user)

    tasks = [asyncio.create_task(hold(user)) for user in "ab"]
    asyncio.get_running_loop().call_soon(order.append, "ready")
    await asyncio.gather(*tasks)
    assert order == ["a", "ready", "b"]


async def test_who_leaves_while_waiting_frees_the_room_they_waited_in() -> None:
    async with held(running=1, waiting=1) as holding:
        await holding.start("a")
        leaving = await holding.start("b")
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        await holding.start("c")
        await holding.end("a")
        assert holding.running == ["c"]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["start", "end", "leave"]))))
async def test_no_place_is_ever_lost_or_taken_twice(steps: list[tuple[str, str]]) -> None:
    async with held(running=3, waiting=5, share=0.67) as holding:
        for user, step in steps:
            if step == "start":
                await holding.start(user)
            elif step == "end" and user in holding.running:
                await holding.end(user)
            elif step == "leave" and holding.tasks:
                holding.tasks[-1].cancel()
                await asyncio.sleep(0)
            assert len(holding.running) <= 3
    async with AsyncExitStack() as stack, asyncio.timeout(10):
        for user in "abc":
            await stack.enter_async_context(holding.queue.hold(user))
