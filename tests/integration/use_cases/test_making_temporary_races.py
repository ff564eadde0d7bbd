"""A session that is made temporary while exporters and writers work on it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from analytics.mirror import current_records
from analytics.mirror.exporter import Exporter
from analytics.unreadable_records import readable_records
from analytics.upkeep.compact import compact
from analytics.warehouse.rows import Row
from stores.keys import Key, conversation_key, session_key
from stores.ports import Snapshot, Store
from stores.records import Record
from tests.integration.conftest import Api, Clock
from tests.integration.use_cases.making_temporary import (
    NOTHING,
    assert_clean,
    assert_forgotten,
    chat,
    keep,
    make_temporary,
    mirrored,
    shown,
)
from tests.integration.use_cases.test_privacy import uid_of

pytestmark = pytest.mark.usefixtures("exporting_by_hand")


async def read_by_an_exporter(api: Api) -> list[Row]:
    """The rows of all records that marks name, read but not yet appended by an exporter."""
    store = api.services.store
    wanted = current_records.latest(readable_records(await store.scan_marks(None, 100)))
    parts = [
        await current_records.read(store, part)
        async for part in current_records.parts(store, wanted, {})
    ]
    return [row for part in parts for row in part.rows.values()]


async def marked_turn(api: Api) -> current_records.Changed:
    """A turn that a mark names."""
    marks = readable_records(await api.services.store.scan_marks(None, 100))
    return next(each for each in current_records.latest(marks) if each[1].kind == "conversation")


class Torn:
    """A store whose first read of a record sees it before an action, and the other records after it."""

    def __init__(
        self, store: Store, before: Key[Record], act: Callable[[], Awaitable[object]]
    ) -> None:
        self._store = store
        self._before = before
        self._act: Callable[[], Awaitable[object]] | None = act

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def get(self, keys: Sequence[Key[Record]]) -> Snapshot:
        if self._act is None or self._before not in keys:
            return await self._store.get(keys)
        act, self._act = self._act, None
        early = await self._store.get([self._before])
        await act()
        late = await self._store.get(keys)
        return Snapshot([(key, (early if key == self._before else late).get(key)) for key in keys])


async def test_a_turn_whose_mark_still_waits_is_never_mirrored(api: Api) -> None:
    session = await chat(api)
    await make_temporary(api, session)
    await mirrored(api)
    await assert_forgotten(api)


async def test_an_exporter_that_was_frozen_with_old_rows_brings_nothing_back(
    api: Api, clock: Clock
) -> None:
    session = await chat(api)
    warehouse = api.services.warehouse
    frozen = await read_by_an_exporter(api)
    await mirrored(api)
    before = await shown(api)
    await make_temporary(api, session)
    hiding = await read_by_an_exporter(api)
    assert len(hiding) == 1 + 3
    await mirrored(api)
    await warehouse.append(frozen)
    assert await shown(api) == NOTHING
    await assert_clean(api)
    await compact(warehouse, clock())
    await assert_forgotten(api)
    await keep(api, session)
    await mirrored(api)
    for late in (hiding, frozen):
        await warehouse.append(late)
        assert await shown(api) == before
        await assert_clean(api)


async def test_two_exporters_at_once_forget_it_too(api: Api) -> None:
    session = await chat(api, turns=10)
    await mirrored(api)
    await make_temporary(api, session)
    store, warehouse = api.services.store, api.services.warehouse
    await asyncio.gather(*(Exporter(store, warehouse).drain() for _ in range(2)))
    await assert_forgotten(api)


async def test_turns_recorded_at_the_same_time_are_kept_with_it_and_not_mirrored(api: Api) -> None:
    session = await chat(api)
    exporting = [asyncio.create_task(api.services.exporter.drain()) for _ in range(2)]
    said = [api.record(f"willow {n}", sessionId=session) for n in range(3, 13)]
    recorded, made = await asyncio.gather(asyncio.gather(*said), make_temporary(api, session))
    await asyncio.gather(*exporting)
    assert made["temporary"]
    assert [turn["userErrors"] for turn in recorded] == [[]] * 10
    await mirrored(api)
    assert await shown(api) == NOTHING
    await assert_clean(api)
    see = "query ($id: ID!) { viewer { session(id: $id) { conversationCount } } }"
    found = (await api.call(see, id=session))["viewer"]["session"]
    assert found == {"conversationCount": 13}
    await keep(api, session)
    await mirrored(api)
    assert len((await shown(api))["conversation_history"]) == 13
    await assert_clean(api)


async def test_a_session_that_comes_back_while_it_is_read_is_not_mistaken_for_one_to_mirror(
    api: Api,
) -> None:
    session = await chat(api, turns=1)
    await make_temporary(api, session)
    await api.mutate("deleteSession", "", sessionId=session)
    uid, store, turn = await uid_of(api), api.services.store, await marked_turn(api)
    torn: Any = Torn(
        store,
        session_key(uid, "tree"),
        lambda: api.mutate("restoreSession", "", sessionId=session),
    )
    (row,) = (await current_records.read(torn, {turn: 1})).rows.values()
    assert row.deleted


async def test_of_a_turn_no_version_from_before_it_was_kept_takes_the_place_of_a_later_one(
    api: Api,
) -> None:
    session = await chat(api, turns=1)
    uid, store, turn = await uid_of(api), api.services.store, await marked_turn(api)
    await make_temporary(api, session)

    async def rate_and_keep() -> None:
        turn_id = "Conversation.tree.t0"
        rated = await api.mutate("submitFeedback", "", conversationId=turn_id, score=1)
        assert rated["userErrors"] == []
        await keep(api, session)

    torn: Any = Torn(store, conversation_key(uid, "tree", "t0"), rate_and_keep)
    rows = [
        next(iter((await current_records.read(each, {turn: 1})).rows.values()))
        for each in (torn, store)
    ]
    assert [(row.change_seq, getattr(row, "feedback_score", None)) for row in rows] == [
        (rows[1].change_seq, 1)
    ] * 2
