"""Reconciling finds every difference between store and mirror, and nothing else, and repairs it."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from analytics.mirror import current_records
from analytics.mirror.exporter import Exporter
from analytics.upkeep import reconcile, scans, stored_versions
from analytics.upkeep.backfill import backfill
from analytics.upkeep.reconcile import Difference, differences
from analytics.upkeep.repair import repair
from analytics.warehouse.port import RowsRefused, Warehouse
from analytics.warehouse.rows import Row
from stores.keys import conversation_key, erasure_key, session_key
from stores.mirror_records import Erasure
from stores.ports import Create, Delete, Store, Update, Write
from tests.integration.mirror.exporter_pairs import (
    T0,
    Pair,
    fill,
    of_turn,
    opened,
    session_of,
    shown,
    turn_of,
)
from tests.integration.mirror.large_store import Writer, load, writing
from tests.integration.mirror.mirror_tampering import tamper
from tests.integration.mirror.test_exporter_rows import held as held_by_views

pytest_plugins = ["tests.integration.mirror.exporter_fixtures"]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make pages and chunks so small that the few records of these tests fill several."""
    monkeypatch.setattr(scans, "PAGE", 25)
    monkeypatch.setattr(stored_versions, "PAGE", 4)
    monkeypatch.setattr(stored_versions, "CHUNK", 30)
    monkeypatch.setattr(reconcile, "LISTED", 20)
    monkeypatch.setattr(reconcile, "KEYS_AT_ONCE", 5)
    monkeypatch.setattr(reconcile, "ROUND_SECONDS", 0.01)


@pytest.fixture
async def embedded_pair(tmp_path: Path) -> Pair:
    made = Pair(folder=str(tmp_path))
    store = await made.open_store()
    await fill(store)
    await store.close()
    return made


def quietly(done: int, expected: int) -> None:
    pass


async def found(store: Store, warehouse: Warehouse) -> list[Difference]:
    return [each async for some in differences(store, warehouse, quietly) for each in some]


def told(found: list[Difference]) -> set[tuple[str, ...]]:
    return {
        (each.problem, each.record[0], each.record[1].session_id, each.record[1].conversation_id)
        for each in found
    }


async def repaired(store: Store, warehouse: Warehouse, found: list[Difference]) -> None:
    for kind in {each.kind for each in found}:
        await repair(store, warehouse, kind, [each.record for each in found if each.kind == kind])


async def test_a_mirror_that_was_drained_has_no_difference(pair: Pair) -> None:
    async with opened(pair) as (store, warehouse):
        await Exporter(store, warehouse).drain()
        reported: list[tuple[int, int]] = []
        async for some in differences(store, warehouse, lambda *done: reported.append(done)):
            raise AssertionError(some)
        assert all(done <= expected for done, expected in reported)
        assert reported


async def test_what_waits_for_the_exporter_is_no_difference(pair: Pair) -> None:
    async with opened(pair) as (store, warehouse):
        assert await found(store, warehouse) == []
        await Exporter(store, warehouse).drain()
        assert await found(store, warehouse) == []


async def test_an_answer_that_grows_is_no_difference_until_it_is_complete(pair: Pair) -> None:
    async with opened(pair) as (store, warehouse):
        await Exporter(store, warehouse).drain()
        growing = conversation_key("anna", "kept", "c01")
        for write in ({"partial": "So", "grown_at": T0}, {"partial": "So far"}):
            await store.commit([Update(growing, set=write)])
            assert await found(store, warehouse) == []
        await store.commit([Update(session_key("anna", "kept"))])
        assert {each[2:] for each in told(await found(store, warehouse))} <= {("kept", "")}
        await store.commit([Update(growing, set={"response": "So far."}, unset=["grown_at"])])
        assert ("stale", "anna", "kept", "c01") in told(await found(store, warehouse))


BY_HAND = {
    "a row deleted": (
        "DELETE FROM {d}.conversation_history_changes WHERE uid = 'anna' AND conversation_id = 'c01' "
        "AND session_id = 'kept'",
        {("missing", "anna", "kept", "c01")},
    ),
    "a whole table emptied": (
        "DELETE FROM {d}.user_preferences_changes WHERE TRUE",
        {("missing", "anna", "", ""), ("missing", "bert", "", "")},
    ),
    "a text altered": (
        "UPDATE {d}.conversation_history_changes SET query = 'Nobody asked this' "
        "WHERE uid = 'bert' AND conversation_id = 'c02' AND session_id = 'made-to-stay'",
        {("stale", "bert", "made-to-stay", "c02")},
    ),
    "a JSON value altered": (
        """UPDATE {d}.user_sessions_changes SET metadata = JSON '{{"colour": "red"}}' """
        "WHERE uid = 'anna' AND session_id = 'kept'",
        {("stale", "anna", "kept", "")},
    ),
    "a number altered": (
        "UPDATE {d}.user_sessions_changes SET conversation_count = conversation_count + 1 "
        "WHERE uid = 'anna' AND session_id = 'trashed'",
        {("stale", "anna", "trashed", "")},
    ),
    "another model named": (
        "UPDATE {d}.conversation_history_changes SET model = 'another' "
        "WHERE uid = 'bert' AND conversation_id = 'c01' AND session_id = 'made-to-stay'",
        {("stale", "bert", "made-to-stay", "c01")},
    ),
    "tokens altered": (
        "UPDATE {d}.conversation_history_changes SET input_tokens = 99 "
        "WHERE uid = 'bert' AND conversation_id = 'c01' AND session_id = 'kept'",
        {("stale", "bert", "kept", "c01")},
    ),
    "a null put in": (
        "UPDATE {d}.conversation_history_changes SET response = NULL "
        "WHERE uid = 'anna' AND session_id = 'kept' AND conversation_id = 'c05'",
        {("stale", "anna", "kept", "c05")},
    ),
    "a version that outranks every later one": (
        "UPDATE {d}.conversation_history_changes SET change_seq = 9000000000000000000, "
        "query = 'Nobody asked this' "
        "WHERE uid = 'anna' AND session_id = 'kept' AND conversation_id = 'c00'",
        {("stale", "anna", "kept", "c00")},
    ),
    "a time moved": (
        "UPDATE {d}.conversation_history_changes SET timestamp = TIMESTAMP '2001-01-01 00:00:00+00' "
        "WHERE uid = 'bert' AND session_id = 'kept' AND conversation_id = 'c00'",
        {("missing", "bert", "kept", "c00"), ("extra", "bert", "kept", "c00")},
    ),
    "a row given to nobody": (
        "UPDATE {d}.user_sessions_changes SET uid = 'zoe' WHERE uid = 'bert' AND session_id = 'kept'",
        {("missing", "bert", "kept", ""), ("extra", "zoe", "kept", "")},
    ),
    "tombstones removed": (
        "DELETE FROM {d}.conversation_history_changes WHERE deleted AND session_id = 'purged'",
        set(),
    ),
}


async def test_what_was_done_by_hand_is_found_and_repaired(pair: Pair) -> None:
    async with opened(pair) as (store, warehouse):
        await Exporter(store, warehouse).drain()
        for statement, _ in BY_HAND.values():
            await tamper(warehouse, statement)
        differing = await found(store, warehouse)
        assert told(differing) == {each for _, expected in BY_HAND.values() for each in expected}
        assert len(differing) == len(told(differing))
        await repaired(store, warehouse, differing)
        assert await found(store, warehouse) == []
        assert await shown(warehouse) == await held_by_views(store)
        assert await store.scan_marks(None, 1) == []


@pytest.mark.parametrize("change", BY_HAND)
async def test_each_of_it_is_found_by_itself(embedded_pair: Pair, change: str) -> None:
    statement, expected = BY_HAND[change]
    async with opened(embedded_pair) as (store, warehouse):
        await Exporter(store, warehouse).drain()
        await tamper(warehouse, statement)
        differing = await found(store, warehouse)
        assert told(differing) == expected
        await repaired(store, warehouse, differing)
        assert await found(store, warehouse) == []


async def test_a_row_that_comes_late_after_the_repair_is_not_shown(pair: Pair) -> None:
    """The tombstone of a repair outranks rows that an exporter read before."""
    turn = turn_of("anna", "kept", 1)
    async with opened(pair) as (store, warehouse):
        await Exporter(store, warehouse).drain()
        late = await current_records.read(store, {("anna", of_turn(turn)): 1})
        # Without a mark, which no release does.
        await store.commit([Delete(conversation_key("anna", "kept", turn.conversation_id))])
        (differing,) = await found(store, warehouse)
        assert told([differing]) == {("extra", "anna", "kept", turn.conversation_id)}
        await repaired(store, warehouse, [differing])
        await warehouse.append(list(late.rows.values()))
        assert await found(store, warehouse) == []


async def test_a_turn_that_was_deleted_without_a_mark_is_extra(pair: Pair) -> None:
    async with opened(pair) as (store, warehouse):
        await Exporter(store, warehouse).drain()
        stub: dict[str, Any] = {
            "deleted_at": T0,
            "query": None,
            "response": None,
            "citations": [],
            "metadata": {},
        }
        await store.commit([Update(conversation_key("anna", "kept", "c01"), set=stub)])
        await store.commit([Update(session_key("anna", "kept"), set={"temporary": True})])
        differing = await found(store, warehouse)
        assert ("extra", "anna", "kept", "") in told(differing)
        assert ("extra", "anna", "kept", "c01") in told(differing)
        await repaired(store, warehouse, differing)
        assert await found(store, warehouse) == []


class Refusing:
    """A warehouse that never accepts one particular turn."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def __getattr__(self, name: str) -> Any:
        return getattr(self._warehouse, name)

    async def append(self, rows: Sequence[Row]) -> None:
        if any(getattr(row, "conversation_id", "") == "c02" and row.uid == "anna" for row in rows):
            raise RowsRefused("A row has a value its column can't hold.")
        await self._warehouse.append(rows)


async def test_what_is_a_dead_letter_is_told_and_stays_one(pair: Pair) -> None:
    async with opened(pair) as (store, warehouse):
        refusing: Any = Refusing(warehouse)
        await Exporter(store, refusing).drain()
        assert await store.scan_marks(None, 1) == []
        differing = await found(store, refusing)
        assert told(differing) == {
            ("missing", "anna", session_id, "c02")
            for session_id in ("kept", "trashed", "made-to-stay")
        }
        await repaired(store, refusing, differing)
        assert told(await found(store, refusing)) == told(differing)
        # Once the warehouse accepts the turn, a repair adds it.
        await repaired(store, warehouse, differing)
        assert await found(store, warehouse) == []


async def test_users_who_are_being_erased_are_left_out(pair: Pair) -> None:
    async with opened(pair) as (store, warehouse):
        await Exporter(store, warehouse).drain()
        await tamper(warehouse, "DELETE FROM {d}.user_sessions_changes WHERE uid = 'anna'")
        await store.commit([Create(erasure_key("anna"), Erasure(started_at=T0))])
        assert await found(store, warehouse) == []


async def test_under_live_writers_a_true_difference_is_found_and_nothing_else(
    empty_pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_versions, "CHUNK", 60)
    monkeypatch.setattr(reconcile, "KEYS_AT_ONCE", 64)
    quiet, said = session_of("quiet"), turn_of("quiet", "quiet", 1)
    async with opened(empty_pair) as (store, warehouse):
        await load(store, 60)
        writes: list[Write] = [Create(session_key("quiet", "quiet"), quiet)]
        writes += [Create(conversation_key("quiet", "quiet", said.conversation_id), said)]
        await store.commit(writes)
        await backfill(store, quietly)
        await Exporter(store, warehouse).drain()
        lost = "DELETE FROM {d}.conversation_history_changes WHERE uid = 'quiet'"
        await tamper(warehouse, lost)
        writers = [Writer(store, 60, seed) for seed in range(3)]
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(Exporter(store, warehouse).run(stop))
            async with writing(writers, pause=0.1):
                differing = await found(store, warehouse)
                assert told(differing) == {("missing", "quiet", "quiet", said.conversation_id)}
                await repaired(store, warehouse, differing)
                assert await found(store, warehouse) == []
            stop.set()
        assert sum(writer.writes for writer in writers) > 0
        await Exporter(store, warehouse).drain()
        assert await found(store, warehouse) == []
