"""Text deleted from the store is in no version that the mirror holds, however the exporter ran."""

from collections.abc import Sequence
from typing import Any

import pytest

from analytics.mirror.exporter import Exporter
from analytics.search import Scope, newest
from analytics.search_query import SearchQuery
from analytics.warehouse.port import Warehouse
from stores.keys import Key, conversation_key, session_key
from stores.ports import Create, Delete, Snapshot, Store, Update, Write
from stores.records import Record
from tests.integration.mirror.exporter_pairs import (
    T0,
    Pair,
    commit,
    forgotten,
    of_session,
    of_turn,
    opened,
    session_of,
    shown,
    turn_of,
)
from tests.integration.mirror.test_exporter_kills import export_until_killed
from tests.integration.mirror.test_exporter_rows import held

pytest_plugins = ["tests.integration.mirror.exporter_fixtures"]

TURN = turn_of("anna", "kept", 1)
SESSION = session_of("kept")


async def delete_text(store: Store) -> None:
    """Commit the deletion of a turn from which the derived title was taken."""
    stub = Update(
        conversation_key("anna", "kept", TURN.conversation_id),
        set={"deleted_at": T0, "query": None, "response": None, "citations": [], "metadata": {}},
    )
    retitle = Update(session_key("anna", "kept"), set={"derived_title": None, "custom_title": None})
    changes = [forgotten(of_session(SESSION)), forgotten(of_turn(TURN))]
    await commit(store, "anna", [stub, retitle], changes)


async def found(warehouse: Warehouse, pattern: str) -> set[str]:
    """The ids of anna's records of which any version has the pattern."""
    query = SearchQuery(terms=[(pattern,)])
    candidates = await newest(warehouse, query, Scope(uid="anna"), 1000)
    return {f"{each.conversation_id or ''}@{each.session_id}" for each in candidates}


async def versions(warehouse: Warehouse, uid: str) -> int:
    counts = await warehouse.query("rows_up_to", {"uid": uid, "before": 4 * T0})
    return sum(table["row_count"] for table in counts)


async def assert_forgotten(store: Store, warehouse: Warehouse) -> None:
    assert await store.scan_marks(None, 1) == []
    assert await shown(warehouse) == await held(store)
    turns = await found(warehouse, " answer 1 ")
    assert f"{TURN.conversation_id}@kept" not in turns
    assert f"{TURN.conversation_id}@made-to-stay" in turns
    assert await found(warehouse, " mass ") == set()


async def test_text_that_was_mirrored_is_gone_after_the_next_drain(pair: Pair) -> None:
    async with opened(pair) as (store, warehouse):
        await Exporter(store, warehouse).drain()
        assert "c01@kept" in await found(warehouse, " answer 1 ")
        assert await found(warehouse, " mass ") == {"@kept"}
        mine, others = await versions(warehouse, "anna"), await versions(warehouse, "bert")
        await delete_text(store)
        await Exporter(store, warehouse).drain()
        await assert_forgotten(store, warehouse)
        # One version each of session and turn was added, and at least one of each was removed.
        assert await versions(warehouse, "anna") <= mine
        assert await versions(warehouse, "bert") == others


@pytest.mark.parametrize(
    ("step", "passes"), [("after append", 0), ("in forget", 0), ("in forget", 1)]
)
async def test_killed_around_the_forgetting_it_is_done_after_the_next_start(
    pair: Pair, step: str, passes: int
) -> None:
    async with opened(pair) as (store, warehouse):
        await Exporter(store, warehouse).drain()
        await delete_text(store)
    assert await export_until_killed(pair, step, passes) == -9
    async with opened(pair) as (store, warehouse):
        assert len(await store.scan_marks(None, 2)) == 1
        await Exporter(store, warehouse).drain()
        await assert_forgotten(store, warehouse)


class DeletingAfterRead:
    """A store in which a user deletes a text right after an exporter has read it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.deleted = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def get(self, keys: Sequence[Key[Record]]) -> Snapshot:
        found = await self._store.get(keys)
        if not self.deleted and conversation_key("anna", "kept", TURN.conversation_id) in keys:
            self.deleted = True
            await delete_text(self._store)
        return found


async def test_text_deleted_between_read_and_append_is_gone_in_the_end(pair: Pair) -> None:
    async with opened(pair) as (store, warehouse):
        racing: Any = DeletingAfterRead(store)
        await Exporter(racing, warehouse).drain()
        assert racing.deleted
        await assert_forgotten(store, warehouse)


async def test_what_one_of_many_marks_wants_forgotten_is_forgotten(pair: Pair) -> None:
    async with opened(pair) as (store, warehouse):
        await Exporter(store, warehouse).drain()
        await delete_text(store)
        for _ in range(3):
            await commit(store, "anna", [], [of_session(SESSION), of_turn(TURN)])
        await Exporter(store, warehouse).drain()
        await assert_forgotten(store, warehouse)


async def test_a_purged_session_whose_id_came_back_leaves_no_text(pair: Pair) -> None:
    again = session_of("kept").model_copy(
        update={"created_at": T0 + 7_000_000, "custom_title": "New"}
    )
    key = conversation_key("anna", "kept", TURN.conversation_id)
    turn = TURN.model_copy(update={"timestamp": T0 + 8_000_000, "response": "Other"})
    async with opened(pair) as (store, warehouse):
        await Exporter(store, warehouse).drain()
        turns = [turn_of("anna", "kept", n) for n in range(8)]
        keys = [conversation_key("anna", "kept", gone.conversation_id) for gone in turns]
        purge: list[Write] = [Delete(session_key("anna", "kept")), *map(Delete, keys)]
        changes = [forgotten(of_session(SESSION)), *(forgotten(of_turn(gone)) for gone in turns)]
        await commit(store, "anna", purge, changes)
        back: list[Write] = [Create(session_key("anna", "kept"), again), Create(key, turn)]
        await commit(store, "anna", back, [of_session(again), of_turn(turn)])
        await Exporter(store, warehouse).drain()
        await assert_forgotten(store, warehouse)
