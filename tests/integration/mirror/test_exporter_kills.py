"""An exporter that is killed at any of its steps and restarted produces the same rows."""

import asyncio
import json
import sys
from dataclasses import asdict

import pytest

from analytics.mirror.exporter import Exporter
from tests.integration.mirror.exporter_driver import STEPS
from tests.integration.mirror.exporter_pairs import Pair, opened, shown
from tests.integration.mirror.test_exporter_rows import held

pytest_plugins = ["tests.integration.mirror.exporter_fixtures"]


async def export_until_killed(pair: Pair, step: str, passes: int) -> int | None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.integration.mirror.exporter_driver",
        json.dumps(asdict(pair)),
        step,
        str(passes),
    )
    return await process.wait()


@pytest.mark.parametrize("step", STEPS)
async def test_killed_and_started_again_it_ends_at_the_same_rows(pair: Pair, step: str) -> None:
    assert await export_until_killed(pair, step, passes=1) == -9
    async with opened(pair) as (store, warehouse):
        assert await store.scan_marks(None, 1) != []
        await Exporter(store, warehouse).drain()
        assert await shown(warehouse) == await held(store)
        assert await store.scan_marks(None, 1) == []
