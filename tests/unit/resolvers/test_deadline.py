"""What a deadline stops, and what it lets pass."""

import asyncio
import time

import pytest

from resolvers import deadline
from resolvers.deadline import Deadline, DeadlineExceeded, take_long


async def test_what_takes_too_long_is_stopped_with_all_its_tasks() -> None:
    task = asyncio.create_task(asyncio.sleep(60))
    with pytest.raises(DeadlineExceeded), Deadline(0.01):
        await asyncio.gather(task)
    assert task.cancelled()
    await asyncio.sleep(0)  # nothing of the cancellation is left


async def test_what_ends_in_time_is_left_alone() -> None:
    with Deadline(0.01):
        await asyncio.sleep(0)
    await asyncio.sleep(0.02)


async def test_other_errors_pass() -> None:
    with pytest.raises(ValueError, match="wrong"), Deadline(60):
        raise ValueError("wrong")


@pytest.mark.parametrize("late", [False, True])
async def test_a_task_that_somebody_else_cancels_ends_as_cancelled(late: bool) -> None:
    async def wait() -> None:
        with Deadline(0.01 if late else 60):
            await asyncio.sleep(60)

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    if late:
        asyncio.get_running_loop().call_later(0.01, task.cancel)
        time.sleep(0.02)  # noqa: ASYNC251 - both are then due in the same round of the event loop
    else:
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_inner_of_two_deadlines_ends_the_inner_block_alone() -> None:
    with Deadline(60):
        with pytest.raises(DeadlineExceeded), Deadline(0.01):
            await asyncio.sleep(60)
        await asyncio.sleep(0)


async def test_who_takes_long_gets_more_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline, "SECONDS", 0.01)
    monkeypatch.setattr(deadline, "LONG_SECONDS", 0.1)

    async def sleep(seconds: float) -> None:
        with Deadline():
            take_long()
            await asyncio.sleep(seconds)

    await sleep(0.05)
    with pytest.raises(DeadlineExceeded):
        await sleep(60)
    take_long()  # nothing is limited here
