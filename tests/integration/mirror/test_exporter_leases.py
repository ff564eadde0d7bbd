"""Exporters divide the ranges of marks among themselves; a lease only saves work."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from analytics.mirror import circuit_breaker, leases
from analytics.mirror.exporter import Exporter
from analytics.mirror.leases import Leases
from analytics.mirror.ranges import RANGES
from analytics.unreadable_records import readable_records
from analytics.warehouse.port import Warehouse, WarehouseUnavailable
from analytics.warehouse.rows import Row
from stores.errors import StoreUnavailable
from stores.keys import Key, conversation_key, lease_key
from stores.mirror_records import ExportMark, Lease
from stores.ports import Create, Entry, Store, Update
from tests.integration.mirror.exporter_pairs import (
    T0,
    Pair,
    commit,
    fill,
    of_session,
    of_turn,
    opened,
    session_of,
    shown,
    turn_of,
)
from tests.integration.mirror.test_exporter_order import left, marks, user, write
from tests.integration.mirror.test_exporter_rows import held

pytest_plugins = ["tests.integration.mirror.exporter_fixtures"]

HALF = len(RANGES) // 2
PATIENCE_SECONDS = 300.0


async def until(ready: Any) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not ready():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def exported(store: Store) -> None:
    """Return once no mark is left."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await left(store):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


@asynccontextmanager
async def running(*exporters: Exporter) -> AsyncIterator[None]:
    stop = asyncio.Event()
    tasks = [asyncio.create_task(exporter.run(stop)) for exporter in exporters]
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(asyncio.gather(*tasks), PATIENCE_SECONDS)


class Exporting:
    """An exporter with leases, and the marks that it has read."""

    def __init__(self, store: Store, warehouse: Warehouse) -> None:
        self._store = store
        self.leases = Leases(store)
        counting: Any = self
        self.exporter = Exporter(counting, warehouse, leases=self.leases)
        self.given: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def scan_marks(
        self, after: Key[ExportMark] | None, limit: int, until: Key[ExportMark] | None = None
    ) -> Sequence[Entry[ExportMark]]:
        found = await self._store.scan_marks(after, limit, until)
        self.given += [mark.mark_id for mark in readable_records(found)]
        return found


async def test_a_second_exporter_takes_half_of_the_work_and_none_of_it_twice(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "RENEWAL_SECONDS", 0.2)
    async with opened(pair) as (store, warehouse):
        await Exporter(store, warehouse).drain()
        one, two = Exporting(store, warehouse), Exporting(store, warehouse)
        async with running(one.exporter):
            await until(lambda: one.exporter.progress.last_success)
            assert list(one.leases.ranges) == list(RANGES)
            async with running(two.exporter):
                await until(lambda: len(one.leases.ranges) == len(two.leases.ranges) == HALF)
                monkeypatch.setattr(leases, "RENEWAL_SECONDS", 3600)
                assert {*one.leases.ranges} | {*two.leases.ranges} == {*RANGES}
                # A pass may have begun with other ranges; a new mark makes each exporter begin another.
                change, shared_at = of_session(session_of("kept")), time.time()
                await write(store, marks(user(0), change, 1))
                for each in (one, two):
                    progress = each.exporter.progress
                    await until(lambda of=progress: of.last_success > shared_at)
                await exported(store)
                one.given.clear()
                two.given.clear()
                written = [mark for n in range(256) for mark in marks(user(n), change, 2)]
                await write(store, written)
                await until(lambda: len({*one.given, *two.given}) == 512)
                assert not {*one.given} & {*two.given}
                # Users are spread evenly, so both exporters have the same number.
                assert len({*one.given}) == len({*two.given}) == 256
            await exported(store)
            monkeypatch.setattr(leases, "RENEWAL_SECONDS", 0.2)
        # An exporter that ends returns its leases, so that a third one gets all of them immediately.
        three = Leases(store)
        await three.renew()
        assert list(three.ranges) == list(RANGES)


async def test_leases_of_one_that_was_killed_end_even_if_its_clock_was_ahead(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "LEASE_SECONDS", 0.5)
    async with opened(pair) as (store, _):
        await store.commit(
            [
                Create(lease_key(f"{n:02}"), Lease(holder="killed", expires_at=4 * T0))
                for n in range(len(RANGES))
            ]
        )
        mine = Leases(store)
        await mine.renew()
        assert len(mine.ranges) == HALF
        await asyncio.sleep(0.6)
        await mine.renew()
        assert list(mine.ranges) == list(RANGES)


async def test_others_take_over_from_an_exporter_that_keeps_failing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "LEASE_SECONDS", 1.0)
    monkeypatch.setattr(leases, "RENEWAL_SECONDS", 0.1)
    monkeypatch.setattr(circuit_breaker, "LONGEST_PAUSE", 0.05)

    class Down:
        async def ping(self) -> None:
            raise WarehouseUnavailable("It is down.")

        async def append(self, rows: Sequence[Row]) -> None:
            await self.ping()

    down: Any = Down()
    async with opened(Pair(folder=str(tmp_path))) as (store, warehouse):
        await write(store, marks("anna", of_session(session_of("kept")), 3))
        failing, other = Exporting(store, down), Exporting(store, warehouse)
        async with running(failing.exporter):
            await until(lambda: failing.exporter.progress.circuit == "open")
            async with running(other.exporter):
                await until(lambda: list(other.leases.ranges) == list(RANGES))
                await exported(store)


async def test_an_exporter_without_agreement_takes_care_of_everything(pair: Pair) -> None:
    class Failing:
        async def transact(self, *_: Any) -> None:
            raise StoreUnavailable("no answer")

    failing: Any = Failing()
    alone = Leases(failing)
    await alone.renew()
    assert list(alone.ranges) == list(RANGES)


async def test_a_frozen_holder_that_wakes_up_does_no_harm(
    firestore_project: str, bigquery_dataset: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the embedded pair only one process can open the warehouse, so there is no other to freeze."""
    monkeypatch.setattr(leases, "LEASE_SECONDS", 1.0)
    monkeypatch.setattr(leases, "RENEWAL_SECONDS", 0.3)
    pair = Pair.of(firestore_project, bigquery_dataset)
    turn = turn_of("anna", "kept", 2)
    async with opened(pair) as (store, warehouse):
        await fill(store)
        await Exporter(store, warehouse).drain()
        await commit(store, "anna", [], [of_turn(turn)])
        process = subprocess.Popen(  # noqa: ASYNC220
            [
                sys.executable,
                "-m",
                "tests.integration.mirror.exporter_frozen",
                json.dumps(asdict(pair)),
            ]
        )
        try:
            _, status = await asyncio.to_thread(os.waitpid, process.pid, os.WUNTRACED)
            assert os.WIFSTOPPED(status)
            # It has read the turn and the leases, and holds both while it is frozen.
            key = conversation_key("anna", "kept", turn.conversation_id)
            newer = Update(key, set={"response": "Newer"})
            await commit(store, "anna", [newer], [of_turn(turn)])
            other = Exporting(store, warehouse)
            async with running(other.exporter):
                await until(lambda: list(other.leases.ranges) == list(RANGES))
                await exported(store)
                assert await shown(warehouse) == await held(store)

                before = await versions(warehouse)
                process.send_signal(signal.SIGCONT)
                async with asyncio.timeout(PATIENCE_SECONDS):
                    while await versions(warehouse) == before:  # noqa: ASYNC110
                        await asyncio.sleep(0.2)
                # Its late row exists but is not shown, because there is a newer one.
                assert await shown(warehouse) == await held(store)
                await commit(store, "bert", [], [of_turn(turn_of("bert", "kept", 2))])
                process.send_signal(signal.SIGTERM)
                assert await asyncio.to_thread(process.wait, PATIENCE_SECONDS) == 0
                await exported(store)
            assert await shown(warehouse) == await held(store)
        finally:
            process.kill()
            process.wait()


async def versions(warehouse: Warehouse) -> int:
    counts = await warehouse.query("rows_up_to", {"uid": "anna", "before": 4 * T0})
    return sum(table["row_count"] for table in counts)
