"""What holds for the DuckDB file alone."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from analytics.warehouse import statements
from analytics.warehouse.duckdb.warehouse import DuckDBWarehouse
from analytics.warehouse.port import WarehouseLocked, WarehouseUnavailable
from tests.contract.warehouses.helpers import (
    ALWAYS,
    DAY,
    T0,
    moment,
    preferences,
    session,
    turn,
    turns_of,
)

APPEND_AND_DIE = """
import asyncio, os, signal, sys
from pathlib import Path
from analytics.warehouse.duckdb.warehouse import DuckDBWarehouse
from tests.contract.warehouses.helpers import turn

async def main():
    warehouse = DuckDBWarehouse(Path(sys.argv[1]))
    await warehouse.init()
    await warehouse.append([turn(f"c{n}") for n in range(100)])
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""
HOLD = """
import sys
from pathlib import Path
from analytics.warehouse.duckdb.warehouse import DuckDBWarehouse
warehouse = DuckDBWarehouse(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


async def test_acknowledged_rows_survive_sigkill(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    writer = await asyncio.create_subprocess_exec(sys.executable, "-c", APPEND_AND_DIE, path)
    assert await writer.wait() == -9
    warehouse = DuckDBWarehouse(path)
    assert len(await turns_of(warehouse)) == 100
    await warehouse.close()


def test_a_second_process_is_told_who_holds_the_file(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(WarehouseLocked, match=r"Another process has .*warehouse\.duckdb"):
            DuckDBWarehouse(path)
    finally:
        holder.communicate()


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    path.write_text("not a database" * 1000)
    with pytest.raises(WarehouseUnavailable, match="cannot be opened as a DuckDB file"):
        DuckDBWarehouse(path)


async def test_file_and_folder_are_the_owners_only(tmp_path: Path) -> None:
    path = tmp_path / "data" / "warehouse.duckdb"
    warehouse = DuckDBWarehouse(path)
    await warehouse.close()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


async def test_so_is_the_log_that_rows_wait_in(tmp_path: Path) -> None:
    """In a folder that existed before, and that other users can read."""
    before = os.umask(0o022)
    try:
        warehouse = DuckDBWarehouse(tmp_path / "warehouse.duckdb")
        await warehouse.init()
        await warehouse.append([turn("c1")])
        modes = {name: (tmp_path / name).stat().st_mode & 0o777 for name in os.listdir(tmp_path)}
        await warehouse.close()
    finally:
        os.umask(before)
    assert modes == {"warehouse.duckdb": 0o600, "warehouse.duckdb.wal": 0o600}


async def test_before_init_it_says_what_to_do(tmp_path: Path) -> None:
    warehouse = DuckDBWarehouse(tmp_path / "warehouse.duckdb")
    with pytest.raises(WarehouseUnavailable, match="recollect warehouse init"):
        await warehouse.ping()
    with pytest.raises(WarehouseUnavailable, match="recollect warehouse init"):
        await warehouse.append([turn()])
    await warehouse.close()


async def test_after_closing_it_says_so_and_may_be_closed_again(tmp_path: Path) -> None:
    warehouse = DuckDBWarehouse(tmp_path / "warehouse.duckdb")
    await warehouse.init()
    await warehouse.close()
    await warehouse.close()
    with pytest.raises(WarehouseUnavailable, match="DuckDB failed"):
        await warehouse.ping()


async def test_times_do_not_depend_on_the_machines_time_zone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        warehouse = DuckDBWarehouse(tmp_path / "warehouse.duckdb")
        await warehouse.init()
        await warehouse.append([turn()])
        (found,) = await turns_of(warehouse, since=T0, until=T0 + 1)
        await warehouse.close()
    finally:
        monkeypatch.undo()
        time.tzset()
    assert found["timestamp"].isoformat() == "2026-01-01T00:00:00+00:00"


async def test_times_of_the_views_have_a_zone_also_in_a_file_of_an_earlier_release(
    tmp_path: Path,
) -> None:
    path = tmp_path / "warehouse.duckdb"
    warehouse = DuckDBWarehouse(path)
    await warehouse.init()
    await warehouse.init_analysts()
    await warehouse.append([turn(), session(), preferences(user_key="k", opted_in_at=T0)])
    await warehouse.close()
    with duckdb.connect(path) as earlier:
        for view in (*statements.duckdb_views(), *statements.duckdb_analysts_views()):
            earlier.execute(view.replace("MAKE_TIMESTAMPTZ", "MAKE_TIMESTAMP"))

    warehouse = DuckDBWarehouse(path)
    await warehouse.init()
    await warehouse.init_analysts()
    assert [row["updated_at"] for row in await turns_of(warehouse)] == [moment(T0)]
    await warehouse.close()

    with duckdb.connect(path) as analyst:
        analyst.execute("SET TimeZone = 'Asia/Tokyo'")
        for view in ("conversation_history", "user_sessions", "user_preferences"):
            for schema in ("main", "analysts"):
                found = analyst.table(f"{schema}.{view}")
                naive = [
                    name
                    for name, kind in zip(found.columns, found.types, strict=True)
                    if kind == "TIMESTAMP"
                ]
                assert naive == [], (schema, view)
            written = f"SELECT epoch_us(updated_at) FROM analysts.{view}"  # noqa: S608
            assert analyst.sql(written).fetchall() == [(T0,)]


async def test_filters_on_uid_and_time_reach_below_the_window(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    warehouse = DuckDBWarehouse(path)
    await warehouse.init()
    await warehouse.append(
        [turn(f"c{n}", uid=f"u{n % 100}", timestamp=T0 + n * DAY) for n in range(1000)]
    )
    await warehouse.append([session(f"s{n}", uid=f"u{n % 100}") for n in range(1000)])
    for n in (7, 8):
        await warehouse.erase(f"u{n}", T0 - 1)
    await warehouse.close()

    explained = "EXPLAIN (ANALYZE, FORMAT json) " + statements.duckdb_query("conversation_history")
    parameters = {**ALWAYS, "uid": "u7", "until": T0 + 500 * DAY}
    with duckdb.connect(path) as connection:
        plan = json.loads(connection.execute(explained, parameters).fetchall()[0][1])
    # In that time, 5 of 1000 turns and 10 of 1000 sessions are u7's.
    assert sorted(rows_through(plan, "WINDOW")) == [5, 10]


def rows_through(plan: dict[str, Any], operator: str) -> Iterator[int]:
    if operator in plan.get("type", ""):
        yield plan["intermediate_rows"]
    for child in plan.get("operator", []) + plan.get("children", []):
        yield from rows_through(child, operator)
