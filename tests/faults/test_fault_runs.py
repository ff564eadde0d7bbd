"""Whatever is killed, frozen, cut, lost, delayed or restarted, in the end the views equal the store.

Four users' devices write while two exporters mirror, through proxies whose faults a seed determines. `make
test-faults` runs many seeds.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from analytics.upkeep import reconcile
from analytics.upkeep.scans import no_report
from recollect.services import Services, open_services
from recollect.settings.settings import Settings
from tests.e2e.ports import free_port
from tests.emulators.bigquery import BigQueryDataset, bigquery_emulator
from tests.faults.comparison import differences
from tests.faults.exporters import Exporters
from tests.faults.proxies import GrpcProxy, NetworkConditions, TcpProxy
from tests.faults.schedule import PLACES, WORKERS, Event, Schedule, drawn
from tests.faults.views import bigquery_views, expected_views
from tests.faults.writers import USERS, Pace, finish_erasures, persist, write

STEPS = 300
"""How many steps the writers take while things go wrong; 10 seconds' worth on an idle machine."""
WRITERS = 4
PATIENCE = 20.0
"""Seconds that an exporter has to end by itself."""
SEEDS = range(int(os.environ.get("FAULT_SEEDS", "3")))


class Restartable:
    """A BigQuery emulator that keeps its data and its ports when it is started again."""

    def __init__(self, folder: Path) -> None:
        self._settings: dict[str, Any] = {
            "rest_port": free_port(),
            "grpc_port": free_port(),
            "persistence_mode": "persistent",
            "data_dir": str(folder),
        }
        self._running = bigquery_emulator(**self._settings)
        self.endpoints = self._running.__enter__()

    def stop(self) -> None:
        self._running.__exit__(None, None, None)

    def restart(self) -> None:
        self.stop()
        self._running = bigquery_emulator(**self._settings)
        self._running.__enter__()


@pytest.fixture(scope="module")
def warehouse_emulator(
    bigquery_endpoints: object, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Restartable]:
    """One emulator for all runs, separate from that of the other tests; skipped where there is none."""
    emulator = Restartable(tmp_path_factory.mktemp("bigquery"))
    yield emulator
    emulator.stop()


class Network:
    """The proxies between the exporters and the emulators."""

    def __init__(self, seed: int, firestore: str, dataset: BigQueryDataset) -> None:
        self.conditions = {place: NetworkConditions(Random(f"{seed} {place}")) for place in PLACES}  # noqa: S311
        fair = NetworkConditions(Random(0))  # noqa: S311
        self.calls = [
            GrpcProxy(firestore, self.conditions["firestore"]),
            GrpcProxy(dataset.grpc_endpoint, self.conditions["append"]),
        ]
        rest = dataset.endpoint.removeprefix("http://")
        self.wires = {
            "firestore": TcpProxy(self.calls[0].address, fair),
            "append": TcpProxy(self.calls[1].address, fair),
            "rest": TcpProxy(rest, self.conditions["rest"]),
        }

    async def __aenter__(self) -> "Network":
        for call in self.calls:
            await call.start()
        for wire in self.wires.values():
            await wire.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        for wire in self.wires.values():
            await wire.stop()
        for call in self.calls:
            await call.stop()

    async def clear(self) -> None:
        """Stop all faults; returns when all late calls have been executed."""
        for conditions in self.conditions.values():
            conditions.clear()
        for proxy in self.calls:
            await proxy.settle()


class Run:
    """One run of a schedule."""

    def __init__(
        self,
        schedule: Schedule,
        services: Services,
        exporters: Exporters,
        network: Network,
        emulator: Restartable,
    ) -> None:
        self._schedule = schedule
        self.services = services
        self._exporters = exporters
        self.network = network
        self._emulator = emulator
        self._pace = Pace(STEPS)

    async def go(self) -> int:
        """Run the faults while writers write; returns how many of their steps succeeded."""
        await self._exporters.at_work()
        writing = [
            write(self.services, Random(f"{self._schedule.seed} {n}"), self._pace)  # noqa: S311
            for n in range(WRITERS)
        ]
        await asyncio.gather(*writing, *map(self._befall, self._schedule.events))
        return self._pace.done

    async def _befall(self, event: Event) -> None:
        await self._pace.reach(event.at)
        match event.action:
            case "kill":
                await self._exporters.kill(int(event.target))
                await self._exporters.start(int(event.target))
            case "freeze":
                self._exporters.send(int(event.target), signal.SIGSTOP)
                await self._pace.reach(event.at + event.lasts)
                self._exporters.send(int(event.target), signal.SIGCONT)
            case "conditions":
                conditions = self.network.conditions[event.target]
                conditions.fault, conditions.share = event.fault, event.share
                await self._pace.reach(event.at + event.lasts)
                conditions.clear()
            case "cut":
                self.network.wires[event.target].cut()
            case "restart":
                await asyncio.to_thread(self._emulator.restart)

    async def end(self) -> None:
        """Finish all work, with a worker that wakes up when everything is already mirrored."""
        await self.network.clear()
        await finish_erasures(self.services)
        self._exporters.send(1, signal.SIGSTOP)
        await persist(self.services.exporter.drain)
        self._exporters.send(1, signal.SIGCONT)
        for number in range(WORKERS):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._exporters.stop(number), PATIENCE)
        await self._exporters.kill_all()
        await self.network.clear()
        await persist(self.services.exporter.drain)


@asynccontextmanager
async def prepared(
    schedule: Schedule, settings: Settings, emulator: Restartable, log: Path
) -> AsyncIterator[Run]:
    dataset = BigQueryDataset(
        settings.project or "",
        settings.dataset,
        settings.bigquery_endpoint or "",
        settings.bigquery_grpc_endpoint or "",
    )
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(open_services(settings))
        await services.warehouse.init()
        firestore = settings.firestore_emulator_host or ""
        network = await stack.enter_async_context(Network(schedule.seed, firestore, dataset))
        environment = {
            **{name: value for name, value in os.environ.items() if "RECOLLECT" not in name},
            "FIRESTORE_EMULATOR_HOST": network.wires["firestore"].address,
            "RECOLLECT_STORE": "firestore",
            "RECOLLECT_WAREHOUSE": "bigquery",
            "RECOLLECT_PROJECT": dataset.project,
            "RECOLLECT_DATASET": dataset.dataset,
            "RECOLLECT_BIGQUERY_ENDPOINT": f"http://{network.wires['rest'].address}",
            "RECOLLECT_BIGQUERY_GRPC_ENDPOINT": network.wires["append"].address,
            "RECOLLECT_DATA_DIR": str(settings.data_dir),
        }
        exporters = Exporters(environment, {0: 0.0, 1: schedule.skew}, log)
        stack.push_async_callback(exporters.kill_all)
        for number in range(WORKERS):
            await exporters.start(number)
        yield Run(schedule, services, exporters, network, emulator)


@pytest.mark.parametrize("seed", SEEDS)
async def test_the_views_equal_the_store_whatever_went_wrong(
    seed: int, firestore_project: str, warehouse_emulator: Restartable, tmp_path: Path
) -> None:
    schedule = drawn(seed, STEPS)
    print(schedule)
    settings = Settings(
        store="firestore",
        warehouse="bigquery",
        project=firestore_project,
        dataset=f"faults_{uuid4().hex}",
        bigquery_endpoint=warehouse_emulator.endpoints.rest,
        bigquery_grpc_endpoint=warehouse_emulator.endpoints.grpc,
        firestore_emulator_host=os.environ["FIRESTORE_EMULATOR_HOST"],
        data_dir=tmp_path,
    )
    log = tmp_path / "exporters.log"
    async with prepared(schedule, settings, warehouse_emulator, log) as run:
        steps = await run.go()
        await run.end()
        wanted = await expected_views(run.services.store, USERS)
        assert await run.services.store.scan_marks(None, 1) == []
        reconciled = [
            each
            async for some in reconcile.differences(
                run.services.store, run.services.warehouse, no_report
            )
            for each in some
        ]
        shown = await asyncio.to_thread(
            bigquery_views,
            BigQueryDataset(
                settings.project or "",
                settings.dataset,
                warehouse_emulator.endpoints.rest,
                warehouse_emulator.endpoints.grpc,
            ),
        )
        struck = {
            place: conditions.befallen for place, conditions in run.network.conditions.items()
        }
    print(f"{steps} steps, {len(wanted)} records; calls struck: {struck}")
    print(log.read_text()[-3000:])
    assert differences(wanted, shown) == []
    assert reconciled == []
    assert steps > 20
