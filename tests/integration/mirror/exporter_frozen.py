"""Runs an exporter with leases in a process of its own that freezes itself before its first append,
until it is woken by SIGCONT, and ends at SIGTERM (tests only). Its argument is a `Pair` as JSON."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from analytics.mirror import passes
from analytics.mirror.exporter import Exporter
from analytics.mirror.leases import Leases
from analytics.warehouse.port import Warehouse
from analytics.warehouse.rows import Row
from tests.integration.mirror.exporter_pairs import Pair, opened


class FreezingWarehouse:
    """Freezes the process after rows are read and before they are appended."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._frozen = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._warehouse, name)

    async def append(self, rows: Sequence[Row]) -> None:
        if not self._frozen:
            self._frozen = True
            os.kill(os.getpid(), signal.SIGSTOP)
        await self._warehouse.append(rows)


async def main(pair: Pair) -> None:
    # However long it is frozen on a slow machine, it still appends late, as if it had just checked the time.
    passes.LONGEST_APPEND = 3600.0  # type: ignore[attr-defined]
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with opened(pair) as (store, warehouse):
        freezing: Any = FreezingWarehouse(warehouse)
        await Exporter(store, freezing, leases=Leases(store)).run(stop)


if __name__ == "__main__":
    asyncio.run(main(Pair(**json.loads(sys.argv[1]))))
