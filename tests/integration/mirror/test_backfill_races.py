"""A backfill of many turns while users write: the newer value wins everywhere.

`FULL_SIZE=1` runs it with 50,000 turns on both pairs.
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
EMBEDDED, EMULATED = 10_000, 3_000
"""Fewer turns, which still keep a backfill busy for seconds, page by page, while others write. The emulators
take ten times as long for a commit or a read."""


pytest_plugins = ["tests.integration.mirror.exporter_fixtures"]


@pytest.mark.timeout(1800)
async def test_the_newer_value_wins_everywhere(empty_pair: Pair) -> None:
    turns = TURNS if FULL_SIZE else EMBEDDED if empty_pair.folder else EMULATED
    async with opened(empty_pair) as (store, warehouse):
        await load(store, turns)
        writers = [Writer(store, turns, seed) for seed in range(3)]
        stop = asyncio.Event()
        exporter = Exporter(store, warehouse)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(exporter.run(stop))
            async with writing(writers, pause=0.02):
                gone_through = await backfill(store, lambda done, expected: None)
                while sum(writer.writes for writer in writers) < 30:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            stop.set()
        await exporter.drain()
        assert gone_through >= turns
        held = await turns_held(store)
        assert len(held) >= turns
        assert await turns_mirrored(warehouse, users(turns)) == held
