"""The continuously running exporter: it survives failures, stops on request, and holds little at a time."""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from analytics.mirror import circuit_breaker
from analytics.mirror.current_records import RECORDS_AT_ONCE
from analytics.mirror.exporter import PROBE_MARKS, Exporter
from analytics.mirror.passes import MARKS_AT_ONCE
from analytics.mirror.row_mapping import text_size
from analytics.warehouse.port import WarehouseUnavailable
from analytics.warehouse.rows import Row
from stores.errors import StoreUnavailable
from stores.keys import Key, conversation_key
from stores.mirror_records import ExportMark
from stores.ports import Create, Snapshot, Store
from stores.records import Record
from tests.integration.mirror.exporter_pairs import (
    Pair,
    commit,
    fill,
    of_turn,
    opened,
    shown,
    turn_of,
)

pytest_plugins = ["tests.integration.mirror.exporter_fixtures"]
PATIENCE_SECONDS = 300.0


class Failing:
    """Forwards calls, but the first few calls of one method fail."""

    def __init__(self, inner: Any, method: str, error: Exception, times: int) -> None:
        self._inner = inner
        self._method = method
        self._error = error
        self._times = times

    def __getattr__(self, name: str) -> Any:
        if name == self._method and self._times > 0:
            self._times -= 1
            raise self._error
        return getattr(self._inner, name)


async def until_empty(store: Store) -> None:
    while await store.scan_marks(None, 1):  # noqa: ASYNC110
        await asyncio.sleep(0.02)


async def test_it_goes_on_after_outages_and_logs_no_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(circuit_breaker, "LONGEST_PAUSE", 0.05)
    caplog.set_level(logging.DEBUG)
    async with opened(Pair(folder=str(tmp_path))) as (store, warehouse):
        await fill(store)
        down = WarehouseUnavailable("BigQuery failed (ServiceUnavailable).")
        failing: Any = Failing(warehouse, "append", down, times=2)
        lost: Any = Failing(store, "get", StoreUnavailable("no answer"), times=2)
        stop = asyncio.Event()
        running = asyncio.create_task(Exporter(lost, failing).run(stop, poll=0.01))
        await asyncio.wait_for(until_empty(store), PATIENCE_SECONDS)
        stop.set()
        await asyncio.wait_for(running, PATIENCE_SECONDS)
        assert len((await shown(warehouse))["sessions"]) == 6
    told = [each.levelname for each in caplog.records if each.name == "analytics.mirror.exporter"]
    assert told.count("WARNING") == 4
    assert not any("anna" in line or "asks" in line for line in caplog.text.splitlines())


async def test_it_is_woken_by_what_comes_while_it_idles(pair: Pair) -> None:
    async with opened(pair) as (store, warehouse):
        exporter, stop = Exporter(store, warehouse), asyncio.Event()
        running = asyncio.create_task(exporter.run(stop, poll=3600))
        await asyncio.wait_for(until_empty(store), PATIENCE_SECONDS)
        for n in range(3):
            turn = turn_of("anna", "kept", n)
            await commit(store, "anna", [], [of_turn(turn)])
            await asyncio.wait_for(until_empty(store), PATIENCE_SECONDS)
        stop.set()
        await asyncio.wait_for(running, PATIENCE_SECONDS)
        assert len((await shown(warehouse))["profiles"]) == 2


async def test_after_repeated_failures_it_tries_something_small_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(circuit_breaker, "LONGEST_PAUSE", 0.01)
    async with opened(Pair(folder=str(tmp_path))) as (store, warehouse):
        await fill(store)
        down = WarehouseUnavailable("BigQuery failed (ServiceUnavailable).")
        failing: Any = Failing(warehouse, "append", down, times=6)
        measured: Any = Measuring(store)
        exporter, stop = Exporter(measured, failing), asyncio.Event()
        running = asyncio.create_task(exporter.run(stop))
        await asyncio.wait_for(until_empty(store), PATIENCE_SECONDS)
        stop.set()
        await asyncio.wait_for(running, PATIENCE_SECONDS)
    full, probe = MARKS_AT_ONCE, PROBE_MARKS
    assert measured.scanned[:7] == [full, full, full, probe, probe, probe, probe]
    assert set(measured.scanned[7:]) == {full}
    progress = exporter.progress
    assert (progress.retries, progress.circuit, progress.last_error) == (6, "closed", None)


async def test_it_stops_at_once_while_it_pauses(tmp_path: Path) -> None:
    async with opened(Pair(folder=str(tmp_path))) as (store, warehouse):
        stop = asyncio.Event()
        running = asyncio.create_task(Exporter(store, warehouse).run(stop, poll=3600))
        await asyncio.sleep(0.1)
        stop.set()
        await asyncio.wait_for(running, PATIENCE_SECONDS)


class Measuring:
    """Counts the records of each read, and the text of each append."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.read: list[int] = []
        self.scanned: list[int] = []
        self.appended: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def scan_marks(
        self, after: Key[ExportMark] | None, limit: int, until: Key[ExportMark] | None = None
    ) -> Sequence[ExportMark]:
        self.scanned.append(limit)
        found: Sequence[ExportMark] = await self._inner.scan_marks(after, limit, until)
        return found

    async def get(self, keys: Sequence[Key[Record]]) -> Snapshot:
        found: Snapshot = await self._inner.get(keys)
        self.read.append(sum(len(key.path) == 6 for key in keys))
        return found

    async def append(self, rows: Sequence[Row]) -> None:
        self.appended.append(sum(map(text_size, rows)))
        await self._inner.append(rows)


async def test_a_page_of_large_turns_is_read_and_appended_in_small_parts(tmp_path: Path) -> None:
    async with opened(Pair(folder=str(tmp_path))) as (store, warehouse):
        for n in range(24):
            turn = turn_of("anna", "kept", n).model_copy(update={"response": "word " * 140_000})
            key = conversation_key("anna", "kept", turn.conversation_id)
            await commit(store, "anna", [Create(key, turn)], [of_turn(turn)])
        measured_store: Any = Measuring(store)
        measured_warehouse: Any = Measuring(warehouse)
        assert await Exporter(measured_store, measured_warehouse).drain() == 24
        assert len((await shown(warehouse))["turns"]) == 24
    assert max(measured_store.read) <= RECORDS_AT_ONCE
    assert max(measured_warehouse.appended) <= RECORDS_AT_ONCE * 2 * 705_000


async def test_a_hundred_changes_of_one_session_are_one_row(tmp_path: Path) -> None:
    async with opened(Pair(folder=str(tmp_path))) as (store, warehouse):
        for _ in range(100):
            turn = turn_of("anna", "kept", 1)
            await commit(store, "anna", [], [of_turn(turn)])
        measured: Any = Measuring(store)
        await Exporter(measured, warehouse).drain()
    assert measured.read == [1]
