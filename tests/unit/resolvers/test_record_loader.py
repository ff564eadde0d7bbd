"""A request's reads of one round are one batch, each record once, and a cancelled read ends no other."""

import asyncio
from collections.abc import Sequence

import pytest

from resolvers.record_loader import RecordLoader
from stores.keys import Key, profile_key, session_key
from stores.ports import Snapshot
from stores.records import Profile, Record

A, B, C = profile_key("u"), session_key("u", "b"), session_key("u", "c")


class Reads:
    """A store that records its reads, and can be made to wait or to fail."""

    def __init__(self) -> None:
        self.batches: list[list[Key[Record]]] = []
        self.error: Exception | None = None
        self.open = asyncio.Event()
        self.open.set()

    async def get(self, keys: Sequence[Key[Record]]) -> Snapshot:
        self.batches.append([*keys])
        await self.open.wait()
        if self.error is not None:
            raise self.error
        return Snapshot((key, Profile(created_at=1) if key == A else None) for key in keys)


@pytest.fixture
def reads() -> Reads:
    return Reads()


@pytest.fixture
def loader(reads: Reads) -> RecordLoader:
    return RecordLoader(reads.get)


async def test_what_is_asked_for_in_one_round_is_read_together(
    reads: Reads, loader: RecordLoader
) -> None:
    first, second = await asyncio.gather(loader.load([A, B]), loader.load([B, C]))
    assert reads.batches == [[A, B, C]]
    assert isinstance(first.get(A), Profile)
    assert second.get(C) is None


async def test_a_record_is_read_once_until_something_is_written(
    reads: Reads, loader: RecordLoader
) -> None:
    await loader.load([A])
    await loader.load([A, B])
    assert reads.batches == [[A], [B]]
    loader.clear()
    await loader.load([A])
    assert reads.batches[2:] == [[A]]


async def test_what_is_being_read_is_waited_for(reads: Reads, loader: RecordLoader) -> None:
    reads.open.clear()
    early = asyncio.create_task(loader.load([A]))
    await asyncio.sleep(0.01)
    late = asyncio.create_task(loader.load([A, B]))
    await asyncio.sleep(0.01)
    reads.open.set()
    await asyncio.gather(early, late)
    assert reads.batches == [[A], [B]]


async def test_a_read_from_before_a_write_is_not_kept(reads: Reads, loader: RecordLoader) -> None:
    reads.open.clear()
    early = asyncio.create_task(loader.load([A]))
    await asyncio.sleep(0.01)
    loader.clear()
    reads.open.set()
    await early
    await loader.load([A])
    assert reads.batches == [[A], [A]]


async def test_a_failure_is_told_to_all_who_waited_and_tried_again_after(
    reads: Reads, loader: RecordLoader
) -> None:
    reads.error = ConnectionError("away")
    outcomes = await asyncio.gather(loader.load([A]), loader.load([A, B]), return_exceptions=True)
    assert [type(each) for each in outcomes] == [ConnectionError, ConnectionError]
    reads.error = None
    assert isinstance((await loader.load([A])).get(A), Profile)


async def test_one_who_is_cancelled_takes_nothing_from_the_others(
    reads: Reads, loader: RecordLoader
) -> None:
    reads.open.clear()
    gone, stays = (asyncio.create_task(loader.load([A])) for _ in range(2))
    await asyncio.sleep(0.01)
    gone.cancel()
    reads.open.set()
    assert isinstance((await stays).get(A), Profile)
    assert reads.batches == [[A]]


async def test_what_nobody_waits_for_any_more_is_not_read_on(
    reads: Reads, loader: RecordLoader
) -> None:
    reads.open.clear()
    waiting = [asyncio.create_task(loader.load([A])) for _ in range(2)]
    await asyncio.sleep(0.01)
    for each in waiting:
        each.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    reads.open.set()
    assert isinstance((await loader.load([A])).get(A), Profile)
    assert reads.batches == [[A], [A]]


async def test_who_asks_for_what_was_just_given_up_gets_it(
    reads: Reads, loader: RecordLoader
) -> None:
    reads.open.clear()
    gone = asyncio.create_task(loader.load([A]))
    await asyncio.sleep(0.01)
    gone.cancel()
    stays = asyncio.create_task(loader.load([A]))
    await asyncio.sleep(0.01)
    reads.open.set()
    assert isinstance((await stays).get(A), Profile)
    assert reads.batches == [[A], [A]]


async def test_what_is_expected_is_read_at_once_and_only_once(
    reads: Reads, loader: RecordLoader
) -> None:
    loader.expect([A])
    loader.expect([A, B])
    await asyncio.sleep(0.01)
    assert reads.batches == [[A, B]]
    assert isinstance((await loader.load([B, A])).get(A), Profile)
    assert reads.batches == [[A, B]]


async def test_an_expected_read_that_failed_is_tried_again_by_who_asks_later(
    reads: Reads, loader: RecordLoader
) -> None:
    reads.error = ConnectionError("away")
    loader.expect([A])
    await asyncio.sleep(0.01)
    reads.error = None
    assert isinstance((await loader.load([A])).get(A), Profile)


async def test_a_failure_is_told_to_who_waited_for_another_batch_meanwhile(
    reads: Reads, loader: RecordLoader
) -> None:
    reads.open.clear()
    early = asyncio.create_task(loader.load([A]))
    await asyncio.sleep(0.01)
    both = asyncio.create_task(loader.load([A, B]))
    await asyncio.sleep(0.01)
    reads.error = ConnectionError("away")
    reads.open.set()
    outcomes = await asyncio.gather(early, both, return_exceptions=True)
    assert [type(each) for each in outcomes] == [ConnectionError, ConnectionError]
