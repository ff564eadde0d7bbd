"""The primitives that concurrent tasks share: a task group, a budget and a lock."""

import asyncio

import pytest

from analytics.concurrency import Budget, TaskSharedLock, together


async def test_the_first_failure_comes_out_as_it_is_and_the_others_are_cancelled() -> None:
    cancelled = asyncio.Event()

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async def fails() -> None:
        raise KeyError("found")

    async def both() -> None:
        async with together() as tasks:
            tasks.create_task(forever())
            tasks.create_task(fails())

    with pytest.raises(KeyError, match="found"):
        await both()
    assert cancelled.is_set()


async def test_a_budget_is_never_overdrawn_and_everybody_gets_a_share() -> None:
    budget, taken, most, done = Budget(10), 0, 0, []

    async def use(amount: int) -> None:
        nonlocal taken, most
        await budget.take(amount)
        taken += amount
        most = max(most, taken)
        await asyncio.sleep(0)
        taken -= amount
        budget.give_back(amount)
        done.append(amount)

    await asyncio.wait_for(asyncio.gather(*(use(n % 10 + 1) for n in range(200))), 30)
    assert 8 < most <= 10
    assert len(done) == 200


async def test_who_is_alone_at_a_gate_meets_nobody_and_all_get_their_turn() -> None:
    gate, inside, most = TaskSharedLock(), 0, 0

    async def share() -> None:
        nonlocal inside, most
        async with gate.shared():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    async def be_alone() -> None:
        nonlocal inside
        async with gate.exclusive():
            assert inside == 0
            inside += 100
            await asyncio.sleep(0)
            inside -= 100

    both = [work() for _ in range(50) for work in (share, share, be_alone)]
    await asyncio.wait_for(asyncio.gather(*both), 30)
    assert 1 < most < 100


async def test_who_is_cancelled_at_a_gate_leaves_it_open() -> None:
    gate = TaskSharedLock()
    async with gate.shared():
        waiting = asyncio.create_task(_enter_alone(gate))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await asyncio.wait_for(_enter_shared(gate), 30)
    await asyncio.wait_for(_enter_alone(gate), 30)


async def _enter_alone(gate: TaskSharedLock) -> None:
    async with gate.exclusive():
        pass


async def _enter_shared(gate: TaskSharedLock) -> None:
    async with gate.shared():
        pass
