"""The sweeper. On the embedded default it runs by itself; in production `recollect sweep` is scheduled."""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress

from analytics.upkeep.compact import compact
from analytics.warehouse.port import WarehouseError
from recollect.services import Services, clock, open_services
from recollect.settings.settings import Settings
from resolvers.context import Viewer
from resolvers.retention.sweep import sweep
from stores.errors import StoreError

INTERVAL_SECONDS = 3600.0

log = logging.getLogger(__name__)


async def sweep_services(services: Services) -> Mapping[str, int]:
    """Sweep every user once and export the changes to the warehouse.

    Then compact a DuckDB file. For BigQuery, compaction is scheduled separately.
    """
    with services.tracing.job("sweep") as count:
        done = await sweep(services.store, lambda uid: services.context(Viewer(uid, None)))
        count(done)
    await services.exporter.drain()
    if services.settings.warehouse != "duckdb":
        return done
    compacted = await compact(services.warehouse, clock())
    return Counter(done) + Counter({"compacted rows": sum(compacted.values())})


async def sweep_once(settings: Settings) -> Mapping[str, int]:
    """Sweep every user once; returns what was done, by kind."""
    async with open_services(settings) as services:
        await services.warehouse.init()
        return await sweep_services(services)


async def sweep_until(stop: asyncio.Event, services: Services) -> None:
    """Sweep now and every hour until `stop` is set; a failure is logged and tried again later."""
    while not stop.is_set():
        try:
            done = await sweep_services(services)
            log.info(
                "swept", extra={"done": {kind: count for kind, count in done.items() if count}}
            )
        except (StoreError, WarehouseError, OSError) as error:
            log.warning("sweep failed", extra={"error": type(error).__name__})
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), INTERVAL_SECONDS)
