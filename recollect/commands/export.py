"""Runs the exporter as a process of its own, and initialises the warehouse."""

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from analytics.mirror.exporter import Exporter
from analytics.mirror.leases import Leases
from analytics.mirror.progress import Progress
from analytics.warehouse.port import Warehouse
from recollect.metrics.mirror import MirrorCollector
from recollect.metrics.process import Metrics
from recollect.metrics.server import metrics_served
from recollect.mirror_lag import Mirror
from recollect.services import open_store, open_warehouse, opened_embedder
from recollect.settings.settings import Settings
from recollect.tracing import load_tracing


@asynccontextmanager
async def ready_warehouse(settings: Settings) -> AsyncIterator[Warehouse]:
    """The configured warehouse, initialised, until the block ends."""
    warehouse = await open_warehouse(settings)
    try:
        await warehouse.init()
        yield warehouse
    finally:
        await warehouse.close()


@asynccontextmanager
async def _exporter(settings: Settings) -> AsyncIterator[Exporter]:
    async with AsyncExitStack() as stack:
        metrics, progress, tracing = Metrics(), Progress(), load_tracing("recollect-exporter")
        stack.push_async_callback(tracing.close)
        warehouse = await stack.enter_async_context(ready_warehouse(settings))
        store = tracing.store(metrics.measured(await open_store(settings), "store"), settings.store)
        stack.push_async_callback(store.close)
        metrics.registry.register(MirrorCollector(Mirror(store), progress))
        await stack.enter_async_context(metrics_served(settings, metrics))
        traced = tracing.warehouse(metrics.measured(warehouse, "warehouse"), settings.warehouse)
        embedder = await stack.enter_async_context(opened_embedder(settings))
        yield Exporter(store, traced, progress, Leases(store), tracing.export, embedder)


async def init_warehouse(settings: Settings) -> Sequence[str]:
    """Create what is missing in the warehouse. Returns descriptions of what can't be changed in place."""
    warehouse = await open_warehouse(settings)
    try:
        notes = await warehouse.init()
        await warehouse.init_analysts()
        return notes
    finally:
        await warehouse.close()


async def export_once(settings: Settings) -> int:
    """Export until nothing is waiting; returns how many marks were exported."""
    async with _exporter(settings) as exporter:
        return await exporter.drain()


async def export_until_stopped(settings: Settings) -> None:
    """Export until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with _exporter(settings) as exporter:
        await exporter.run(stop)
