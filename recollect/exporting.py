"""The exporter and the warehouse's upkeep as processes of their own."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from analytics.exporter import Exporter
from analytics.ports import Warehouse
from recollect.services import open_store, open_warehouse
from recollect.settings import Settings

IDLE_SECONDS = 0.5


@asynccontextmanager
async def _ready_warehouse(settings: Settings) -> AsyncIterator[Warehouse]:
    warehouse = await open_warehouse(settings)
    try:
        await warehouse.init()
        yield warehouse
    finally:
        await warehouse.close()


@asynccontextmanager
async def _exporter(settings: Settings) -> AsyncIterator[Exporter]:
    async with AsyncExitStack() as stack:
        warehouse = await stack.enter_async_context(_ready_warehouse(settings))
        store = await open_store(settings)
        stack.push_async_callback(store.close)
        yield Exporter(store, warehouse)


async def init_warehouse(settings: Settings) -> None:
    """Create what the warehouse lacks."""
    async with _ready_warehouse(settings):
        pass


async def export_once(settings: Settings) -> int:
    """Export until nothing waits; returns how many marks were exported."""
    async with _exporter(settings) as exporter:
        return await exporter.drain()


async def export_until_stopped(settings: Settings) -> None:
    """Export until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with _exporter(settings) as exporter:
        await exporter.run(stop, IDLE_SECONDS)
