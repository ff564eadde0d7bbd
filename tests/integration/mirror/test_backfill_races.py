"""A backfill of many turns while users write: the newer value wins everywhere.

`FULL_SIZE=1` runs it with all 50,000 turns on the emulators too.
"""

import asyncio
import os

import pytest

from analytics.mirror.exporter import Exporter
from analytics.upkeep.backfill import backfill
from tests.integration.mirror.exporter_pairs import Pair, opened
from tests.integration.mirror.large_store import (
    Writer,
    load,
    turns_held,
    turns_mirrored,
    users,
    writing,
)

FULL_SIZE = bool(os.environ.get("FULL_SIZE"))
TURNS = 50_000
SMALLER = 3_000
"""Of the emulators: a commit or a read there takes ten times as long."""


pytest_plugins = ["tests.integration.mirror.exporter_fixtures"]


@pytest.mark.timeout(1800)
async def test_the_newer_value_wins_everywhere(empty_pair: Pair) -> None:
    turns = TURNS if empty_pair.folder or FULL_SIZE else SMALLER
    async with opened(empty_pair) as (store, warehouse):
        await load(store, turns)
        writers = [Writer(store, turns, seed) for seed in range(3)]
        stop = asyncio.Event()
        exporter = Exporter(store, warehouse)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(exporter.run(stop))
            async with writing(writers, pause=0.02):
                gone_through = await backfill(store, lambda done, expected: None)
            stop.set()
        await exporter.drain()
        assert gone_through >= turns
        assert sum(writer.writes for writer in writers) >= 30
        held = await turns_held(store)
        assert len(held) >= turns
        assert await turns_mirrored(warehouse, users(turns)) == held
