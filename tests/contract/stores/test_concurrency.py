"""Many writers at once: nothing is lost, nothing is counted twice."""

import asyncio
from collections.abc import Sequence

import pytest

from stores.errors import RecordExists, RecordMissing
from stores.keys import session_key, trash_key
from stores.ports import Committed, Create, Delete, Snapshot, Store, Update, Window, Write
from stores.records import Session
from tests.contract.records import append, create_mark, create_session
from tests.contract.stores.conftest import OpenStore

KEY = session_key("u", "s")
TRASHED = trash_key("u", "s")
APPENDS = 200


def counted_once(found: Snapshot) -> Sequence[Write]:
    """A plan that increases a count by reading and setting it."""
    record = found.get(KEY)
    assert record is not None
    return [Update(KEY, set={"conversation_count": record.conversation_count + 1})]


async def read(store: Store) -> Session | None:
    return (await store.get([KEY])).get(KEY)


async def test_transactions_that_read_and_set_lose_no_update(open_store: OpenStore) -> None:
    stores = [await open_store(), await open_store()]
    await stores[0].commit([create_session()])
    await asyncio.gather(*(stores[n % 2].transact([KEY], counted_once) for n in range(3)))
    after = await read(stores[0])
    assert after is not None
    assert after.conversation_count == 3


async def test_a_transaction_reports_its_commit(store: Store) -> None:
    await store.commit([create_session()])
    committed = await store.transact(
        [KEY], lambda _: [Update(KEY, increase={"conversation_count": 2})]
    )
    after = await read(store)
    assert after is not None
    assert (after.update_time, committed.transformed) == (
        committed.time,
        [{"conversation_count": 2}],
    )


@pytest.mark.parametrize("error", [LookupError, ValueError, RecordMissing])
async def test_a_plan_that_raises_writes_nothing_and_locks_nothing(
    store: Store, error: type[Exception]
) -> None:
    await store.commit([create_session()])

    def refuse(found: Snapshot) -> Sequence[Write]:
        raise error("not now")

    with pytest.raises(error, match="not now"):
        await store.transact([KEY], refuse)
    await asyncio.wait_for(store.commit([Update(KEY, set={"tags": ["free"]})]), 20)


async def test_a_transaction_that_decides_to_write_nothing_is_no_error(store: Store) -> None:
    committed = await store.transact([KEY], lambda _: [])
    assert committed == Committed(0, ())


async def test_a_transaction_is_refused_as_a_commit_is(store: Store) -> None:
    with pytest.raises(RecordMissing):
        await store.transact([KEY], lambda _: [create_mark("m"), Update(KEY)])
    await store.commit([create_session()])
    with pytest.raises(RecordExists):
        await store.transact([KEY], lambda _: [create_mark("m"), create_session()])
    assert await store.list_marks("u", 10) == []


async def append_many(store: Store, writer: str) -> None:
    for number in range(APPENDS):
        await store.commit(append(f"{writer}-{number}", at=number))


async def test_two_writers_of_one_session_lose_no_turn(open_store: OpenStore) -> None:
    one, two = await open_store(), await open_store()
    await one.commit([create_session()])
    await asyncio.gather(append_many(one, "one"), append_many(two, "two"))
    after = await read(one)
    assert after is not None
    assert (after.conversation_count, after.last_active) == (2 * APPENDS, APPENDS - 1)
    assert len(await one.list_conversations("u", "s", Window(500))) == 2 * APPENDS
    assert len(await one.list_marks("u", 500)) == 2 * APPENDS


def moved(found: Snapshot) -> Sequence[Write]:
    """A plan that moves the session to the trash, or back from it."""
    here, there = found.get(KEY), found.get(TRASHED)
    if here:
        return [Delete(KEY), Create(TRASHED, here)]
    assert there is not None
    return [Delete(TRASHED), Create(KEY, there)]


async def test_a_session_that_is_moved_to_and_fro_counts_exactly_the_turns_that_landed(
    open_store: OpenStore,
) -> None:
    one, two, mover = await open_store(), await open_store(), await open_store()
    await mover.commit([create_session()])

    attempts = ended = refused = 0

    async def move_to_and_fro() -> None:
        for _ in range(20):
            await mover.transact([KEY, TRASHED], moved)
            # Of three appends that end after this move, at least one began after it: two run at a time.
            enough = ended + 3
            while ended < enough:  # noqa: ASYNC110
                await asyncio.sleep(0.001)

    moves = asyncio.create_task(move_to_and_fro())

    async def append_meanwhile(store: Store, writer: str) -> None:
        nonlocal attempts, ended, refused
        number = 0
        while number < APPENDS or not moves.done():
            attempts, number = attempts + 1, number + 1
            try:
                await store.commit(append(f"{writer}-{number}", at=number))
            except RecordMissing:
                refused += 1
            ended += 1

    await asyncio.gather(append_meanwhile(one, "one"), append_meanwhile(two, "two"), moves)
    after = await read(mover)
    assert after is not None
    turns = await mover.list_conversations("u", "s", Window(100_000))
    assert after.conversation_count == len(turns) == attempts - refused
    assert 0 < refused < attempts


async def test_of_ten_identical_first_commits_at_once_exactly_one_lands(
    open_store: OpenStore,
) -> None:
    stores = [await open_store(), await open_store()]
    results = await asyncio.gather(
        *(
            stores[n % 2].commit([create_session(), *append("c")[:1], create_mark(f"m{n}")])
            for n in range(10)
        ),
        return_exceptions=True,
    )
    assert [type(result) for result in results].count(RecordExists) == 9
    assert len(await stores[0].list_marks("u", 20)) == 1
