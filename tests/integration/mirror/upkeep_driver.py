"""Runs a backfill in a process of its own that kills itself after some commits (tests only).

Arguments: a `Pair` as JSON, and how many commits land before the kill.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from analytics.upkeep import scans
from analytics.upkeep.backfill import backfill
from stores.ports import Committed, Store, Write
from tests.integration.mirror.exporter_pairs import Pair


class DyingStore:
    """A store that lets some commits land and then ends the process."""

    def __init__(self, store: Store, commits: int) -> None:
        self._store = store
        self._commits = commits

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def commit(self, writes: Sequence[Write]) -> Committed:
        committed = await self._store.commit(writes)
        self._commits -= 1
        if not self._commits:
            os.kill(os.getpid(), signal.SIGKILL)
        return committed


async def main(pair: Pair, commits: int) -> None:
    scans.PAGE = 5
    store: Any = DyingStore(await pair.open_store(), commits)
    await backfill(store, lambda done, expected: None)


if __name__ == "__main__":
    asyncio.run(main(Pair(**json.loads(sys.argv[1])), int(sys.argv[2])))
