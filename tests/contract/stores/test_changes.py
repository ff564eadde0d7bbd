"""Lists of changes: in the order of last writes, paged, with no change missed and no stale version."""

import asyncio
from typing import Any

import pytest

from stores.keys import (
    Collection,
    R,
    conversation_key,
    conversations_of,
    removal_key,
    removals_of,
    session_key,
    sessions_of,
    trash_key,
    trash_of,
)
from stores.ports import SETTLING, Changed, Create, Delete, Store, Update, Window
from stores.records import Removal
from tests.contract.records import append, create_session, session

SESSIONS = sessions_of("u")
TURNS = conversations_of("u", "s")


async def ids(store: Store, collection: Collection[Any], window: Window) -> list[str]:
    return [changed.at[1] for changed in await store.list_changed(collection, window)]


async def all_of(store: Store, collection: Collection[R], limit: int = 3) -> list[Changed[R]]:
    """Every record of a collection, read page by page."""
    found: list[Changed[R]] = []
    part = Window(limit)
    while page := await store.list_changed(collection, part):
        found += page
        part = Window(limit, after=page[-1].at)
    return found


async def test_records_come_in_the_order_of_their_last_write(store: Store) -> None:
    for name in ("a", "b", "c"):
        await store.commit([create_session(name)])
        await asyncio.sleep(0.01)
    assert await ids(store, SESSIONS, Window(9)) == ["a", "b", "c"]
    await store.commit([Update(session_key("u", "a"), set={"pinned": True})])
    assert await ids(store, SESSIONS, Window(9)) == ["b", "c", "a"]
    assert await ids(store, SESSIONS, Window(1)) == ["b"]
    assert await ids(store, SESSIONS, Window(2, from_end=True)) == ["c", "a"]
    (latest,) = await store.list_changed(SESSIONS, Window(1, from_end=True))
    assert latest.record == (await store.get([session_key("u", "a")])).get(session_key("u", "a"))
    assert await store.list_changed(SESSIONS, Window(9, after=latest.at)) == []


async def test_what_one_commit_wrote_is_paged_without_loss(store: Store) -> None:
    await store.commit([create_session(f"s{number:02}") for number in range(10)])
    found = await all_of(store, SESSIONS)
    assert [changed.at[1] for changed in found] == [f"s{number:02}" for number in range(10)]


async def test_turns_and_their_stubs_are_listed_among_their_own_session_s(store: Store) -> None:
    await store.commit([create_session(), create_session("other")])
    for name in ("c1", "c2", "c3"):
        await store.commit(append(name))
    await store.commit(append("c1", "other"))
    await store.commit([Update(conversation_key("u", "s", "c1"), set={"deleted_at": 5})])
    found = await all_of(store, TURNS)
    assert {changed.record.conversation_id for changed in found} == {"c1", "c2", "c3"}
    assert found[-1].record.deleted_at == 5


async def test_trash_and_removals_have_lists_of_their_own(store: Store) -> None:
    await store.commit([create_session(), create_session("kept")])
    await store.commit(
        [Delete(session_key("u", "s")), Create(trash_key("u", "s"), session(deleted_at=2))]
    )
    assert await ids(store, SESSIONS, Window(9)) == ["kept"]
    assert await ids(store, trash_of("u"), Window(9)) == ["s"]
    removal = Removal(session_id="s", removed_at=3)
    done = await store.commit([Delete(trash_key("u", "s")), Create(removal_key("u", "r"), removal)])
    assert await ids(store, trash_of("u"), Window(9)) == []
    (removed,) = await store.list_changed(removals_of("u"), Window(9))
    assert removed.record == removal.model_copy(update={"update_time": done.time})
    assert (await store.delete_user("u"))["removals"] == 1
    assert await store.list_changed(removals_of("u"), Window(9)) == []


@pytest.mark.parametrize("readers", [3])
async def test_readers_that_go_on_a_little_before_the_end_miss_nothing(
    store: Store, readers: int
) -> None:
    await store.commit([create_session()])
    names = [f"c{number:03}" for number in range(120)]

    async def write(mine: list[str]) -> None:
        for name in mine:
            await store.commit(append(name))

    async def read() -> set[str]:
        """Read page after page, each from a little before the last place, until all turns were seen."""
        seen: dict[str, int] = {}
        last = 0
        async with asyncio.timeout(600):
            while set(names) - seen.keys():
                part = Window(200, after=(max(0, last - SETTLING), ""))
                for changed in await store.list_changed(TURNS, part):
                    version = seen.setdefault(changed.at[1], changed.record.update_time)
                    assert changed.record.update_time >= version
                    last = max(last, changed.at[0])
                await asyncio.sleep(0.02)
        return set(seen)

    writers = [write(names[first::6]) for first in range(6)]
    found = await asyncio.gather(*(read() for _ in range(readers)), *writers)
    assert found[:readers] == [set(names)] * readers
