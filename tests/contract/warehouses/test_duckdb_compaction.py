"""Compacting the DuckDB file: removed text disappears from its bytes too, and nobody else is disturbed."""

import asyncio
import os
from pathlib import Path

import pytest

from analytics.upkeep.compact import compact
from analytics.warehouse.duckdb import file
from analytics.warehouse.duckdb.warehouse import DuckDBWarehouse
from tests.contract.warehouses.helpers import T0, turn, turns_of
from tests.contract.warehouses.test_compaction import FRESH, NOW
from tests.contract.warehouses.test_duckdb_erasure import MARKERS, found_in

pytest_plugins = ["tests.contract.warehouses.fixtures"]


async def superseded(warehouse: DuckDBWarehouse) -> None:
    """Append fifty texts, each in a version that a later version without text supersedes."""
    await warehouse.append(
        [turn(f"c{n}", user_email=None, query=f"asks {word}") for n, word in enumerate(MARKERS)]
    )
    await warehouse.append(
        [turn(f"c{n}", user_email=None, query=None, change_seq=T0 + 1) for n in range(len(MARKERS))]
    )


async def test_no_byte_of_a_superseded_version_is_in_the_file_or_its_log(
    duckdb_warehouse: DuckDBWarehouse, tmp_path: Path
) -> None:
    await superseded(duckdb_warehouse)
    assert found_in(tmp_path) == set(MARKERS)
    assert dict(await compact(duckdb_warehouse, NOW)) == {"superseded": 50}
    assert found_in(tmp_path) == set()
    assert len(await turns_of(duckdb_warehouse)) == 50
    await duckdb_warehouse.close()
    assert found_in(tmp_path) == set()
    assert os.listdir(tmp_path) == ["warehouse.duckdb"]


async def test_what_an_earlier_process_removed_goes_with_the_next_compaction(
    tmp_path: Path,
) -> None:
    path = tmp_path / "warehouse.duckdb"
    warehouse = DuckDBWarehouse(path)
    await warehouse.init()
    await superseded(warehouse)
    await warehouse.close()
    warehouse = DuckDBWarehouse(path)
    with warehouse._connection.cursor() as cursor:
        cursor.execute("DELETE FROM conversation_history_changes WHERE query IS NOT NULL")
    await warehouse.close()
    assert found_in(tmp_path) == set(MARKERS)

    warehouse = DuckDBWarehouse(path)
    assert await compact(warehouse, NOW) == {}
    assert found_in(tmp_path) == set()
    assert len(await turns_of(warehouse)) == 50
    await warehouse.close()


async def test_without_anything_to_remove_the_file_is_left_alone(
    duckdb_warehouse: DuckDBWarehouse, tmp_path: Path
) -> None:
    await duckdb_warehouse.append([turn(exported_at=FRESH)])
    path = tmp_path / "warehouse.duckdb"
    before = path.stat().st_ino
    assert await compact(duckdb_warehouse, NOW) == {}
    assert path.stat().st_ino == before


async def test_appends_and_queries_wait_and_lose_nothing(duckdb_warehouse: DuckDBWarehouse) -> None:
    await duckdb_warehouse.append([turn(f"c{n}") for n in range(500)])
    stop = asyncio.Event()

    async def write(writer: int) -> int:
        n = 0
        while not stop.is_set():
            n += 1
            await duckdb_warehouse.append([turn(f"w{writer}-{n}"), turn("hot", change_seq=T0 + n)])
        return n

    async def read() -> None:
        while not stop.is_set():
            assert len(await turns_of(duckdb_warehouse)) >= 500

    writers = [asyncio.create_task(write(writer)) for writer in range(3)]
    reader = asyncio.create_task(read())
    for _ in range(4):
        await asyncio.sleep(0.05)
        await compact(duckdb_warehouse, NOW)
    stop.set()
    written = await asyncio.gather(*writers)
    await reader
    shown = await turns_of(duckdb_warehouse)
    assert len(shown) == 500 + sum(written) + 1
    (hot,) = (row for row in shown if row["conversation_id"] == "hot")
    assert hot["change_seq"] == T0 + max(written)


async def test_the_rows_of_many_users_are_put_side_by_side(
    duckdb_warehouse: DuckDBWarehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "SCATTERED", 10)
    path = tmp_path / "warehouse.duckdb"
    uids = ("anna", "ben", "carla")
    for number in range(10):
        await duckdb_warehouse.append([turn(f"c{number}", uid=uid) for uid in uids])
    await compact(duckdb_warehouse, NOW)
    table = "SELECT uid FROM conversation_history_changes ORDER BY rowid"
    found = [uid for (uid,) in duckdb_warehouse._connection.cursor().execute(table).fetchall()]
    assert found == [uid for uid in uids for _ in range(10)]
    written = path.stat().st_ino
    await duckdb_warehouse.append([turn("late", uid=uid) for uid in uids])
    await compact(duckdb_warehouse, NOW)
    assert path.stat().st_ino == written
