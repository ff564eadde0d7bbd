"""Runs an exporter in a process of its own that kills itself at a chosen step (tests only).

Arguments: a `Pair` as JSON, the step, and how many times to pass the step before the kill.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from analytics.mirror import current_records, passes
from analytics.mirror.exporter import Exporter
from analytics.warehouse.port import Parameter, Warehouse
from analytics.warehouse.rows import Row
from stores.keys import Key, R
from stores.mirror_records import ExportMark
from stores.ports import Committed, Entry, Snapshot, Store, Write
from stores.records import Conversation, Record
from tests.integration.mirror.exporter_pairs import Pair, opened

STEPS = (
    "after scan",
    "after list",
    "after get",
    "in append",
    "after append",
    "in forget",
    "in delete",
    "after delete",
)


class Killer:
    """Kills the process at a given step."""

    def __init__(self, step: str, passes: int) -> None:
        self._step = step
        self._passes = passes

    def strikes(self, step: str) -> bool:
        if step != self._step:
            return False
        self._passes -= 1
        return self._passes < 0

    def at(self, step: str) -> None:
        if self.strikes(step):
            os.kill(os.getpid(), signal.SIGKILL)


class DyingStore:
    """The calls of a store that the exporter makes."""

    def __init__(self, store: Store, killer: Killer) -> None:
        self._store = store
        self._killer = killer

    async def scan_marks(
        self, after: Key[ExportMark] | None, limit: int, until: Key[ExportMark] | None = None
    ) -> Sequence[Entry[ExportMark]]:
        marks = await self._store.scan_marks(after, limit, until)
        self._killer.at("after scan")
        return marks

    async def get(self, keys: Sequence[Key[Record]]) -> Snapshot:
        found = await self._store.get(keys)
        self._killer.at("after get")
        return found

    async def scan(
        self, kind: type[R], after: Key[R] | None, limit: int, *, until: Key[R] | None = None
    ) -> Sequence[tuple[Key[R], Entry[R]]]:
        found = await self._store.scan(kind, after, limit, until=until)
        if kind is Conversation:
            self._killer.at("after list")
        return found

    async def commit(self, writes: Sequence[Write]) -> Committed:
        if self._killer.strikes("in delete"):
            await self._store.commit(writes[: len(writes) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        committed = await self._store.commit(writes)
        self._killer.at("after delete")
        return committed


class DyingWarehouse:
    """The calls of a warehouse that the exporter makes."""

    def __init__(self, warehouse: Warehouse, killer: Killer) -> None:
        self._warehouse = warehouse
        self._killer = killer

    async def append(self, rows: Sequence[Row]) -> None:
        if self._killer.strikes("in append"):
            await self._warehouse.append(rows[: len(rows) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        await self._warehouse.append(rows)
        self._killer.at("after append")

    async def execute(self, statement: str, parameters: Mapping[str, Parameter]) -> int:
        removed = await self._warehouse.execute(statement, parameters)
        self._killer.at("in forget")
        return removed


async def main(pair: Pair, step: str, count: int) -> None:
    # Small pages, so that a kill leaves some work done, some half done and some not begun.
    passes.MARKS_AT_ONCE = 20
    current_records.RECORDS_AT_ONCE = 3
    killer = Killer(step, count)
    async with opened(pair) as (store, warehouse):
        dying: Any = DyingStore(store, killer)
        mirror: Any = DyingWarehouse(warehouse, killer)
        await Exporter(dying, mirror).drain()


if __name__ == "__main__":
    asyncio.run(main(Pair(**json.loads(sys.argv[1])), sys.argv[2], int(sys.argv[3])))
