"""The embedded default is one process: killed anywhere, again and again, its views equal its store."""

import asyncio
import sys
from pathlib import Path
from random import Random

import pytest

from stores.sqlite.store import SQLiteStore
from tests.faults.comparison import differences
from tests.faults.views import duckdb_views, expected_views
from tests.faults.writers import USERS

KILLS = 2
STEPS = 60


async def start(folder: Path, seed: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.faults.embedded", str(folder), seed, str(STEPS))
    )


def opened(folder: Path) -> bool:
    return (folder / "warehouse.duckdb").exists()


@pytest.mark.parametrize("seed", range(2))
async def test_killed_again_and_again_the_views_equal_the_store(seed: int, tmp_path: Path) -> None:
    rnd = Random(seed)  # noqa: S311
    for kill in range(KILLS):
        process = await start(tmp_path, f"{seed} {kill}")
        while process.returncode is None and not opened(tmp_path):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        await asyncio.sleep(rnd.uniform(0.2, 3))
        if process.returncode is None:
            process.kill()
        await process.wait()
    process = await start(tmp_path, f"{seed} last")
    assert await process.wait() == 0
    store = await SQLiteStore.open(tmp_path / "store.sqlite")
    wanted = await expected_views(store, USERS)
    assert await store.scan_marks(None, 1) == []
    await store.close()
    assert wanted
    assert differences(wanted, duckdb_views(tmp_path / "warehouse.duckdb")) == []
