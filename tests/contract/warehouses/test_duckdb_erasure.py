"""Erasing from the DuckDB file: no byte of the user's text stays, and nobody else is disturbed."""

import asyncio
import os
import sys
from pathlib import Path

import duckdb

from analytics.warehouse.duckdb.warehouse import DuckDBWarehouse
from analytics.warehouse.port import Parameter
from tests.contract.warehouses.helpers import T0, preferences, session, turn, turns_of

pytest_plugins = ["tests.contract.warehouses.fixtures"]

MARKERS = [f"zqx{n:02}vkj" for n in range(50)]
BERT = {"uid": "bert", "user_email": "bert@example.com"}
ERASE = """
import asyncio, os, signal, sys
from pathlib import Path
from analytics.warehouse.duckdb.warehouse import DuckDBWarehouse
from analytics.warehouse.port import Parameter
from tests.contract.warehouses.helpers import T0

# When the new file is there and has not yet taken the place of the old one.
Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)

async def main():
    warehouse = DuckDBWarehouse(Path(sys.argv[1]))
    await warehouse.erase("anna", T0)

asyncio.run(main())
"""


def found_in(folder: Path) -> set[str]:
    """The markers, and the address, that occur in any file of the folder."""
    held = b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())
    return {word for word in [*MARKERS, "anna@example.com"] if word.encode() in held}


async def fill(warehouse: DuckDBWarehouse) -> None:
    await warehouse.append(
        [turn(f"c{n}", query=f"asks {marker}") for n, marker in enumerate(MARKERS)]
        + [turn(f"c{n}", **BERT) for n in range(500)]
        + [session(title=MARKERS[0]), preferences(), preferences("bert")]
    )


async def test_no_byte_of_what_was_erased_is_in_the_file_or_its_log(
    duckdb_warehouse: DuckDBWarehouse, tmp_path: Path
) -> None:
    path = tmp_path / "warehouse.duckdb"
    await fill(duckdb_warehouse)
    # Half of the text is removed before, and stays in unused pages of the file.
    with duckdb_warehouse._connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
    left = [f"c{n}" for n in range(25)]
    await duckdb_warehouse.append([turn(name, deleted=True, query=None) for name in left])
    place: dict[str, Parameter] = {
        "uid": "anna",
        "keys": [f"s1/{name}" for name in left],
        "since": T0,
        "until": T0,
    }
    assert await duckdb_warehouse.execute("forget_turns", place) == 25
    await duckdb_warehouse.append([turn("in the log", query=" ".join(MARKERS))])
    assert found_in(tmp_path) == {*MARKERS, "anna@example.com"}

    await duckdb_warehouse.erase("anna", T0)
    assert found_in(tmp_path) == set()
    await duckdb_warehouse.append([turn("late", query=" ".join(MARKERS)), turn("x", **BERT)])
    assert found_in(tmp_path) == set()
    assert len(await turns_of(duckdb_warehouse, "bert")) == 501
    assert path.stat().st_mode & 0o777 == 0o600
    await duckdb_warehouse.close()
    assert found_in(tmp_path) == set()
    assert os.listdir(tmp_path) == ["warehouse.duckdb"]


async def test_a_late_row_does_not_enter_the_file(duckdb_warehouse: DuckDBWarehouse) -> None:
    await duckdb_warehouse.erase("anna", T0)
    await duckdb_warehouse.append([turn(), turn("new", change_seq=T0 + 1), session()])
    counted = await duckdb_warehouse.query("rows_up_to", {"uid": "anna", "before": T0 + 1})
    assert sum(table["row_count"] for table in counted) == 1


async def test_appends_and_queries_wait_for_an_erasure_and_lose_nothing(
    duckdb_warehouse: DuckDBWarehouse,
) -> None:
    await fill(duckdb_warehouse)
    erasing = asyncio.create_task(duckdb_warehouse.erase("anna", T0))

    async def write(writer: int) -> None:
        for n in range(25):
            await duckdb_warehouse.append(
                [turn(f"w{writer}-{n}", uid="bert"), turn(f"w{writer}-{n}")]
            )

    async def read() -> None:
        while not erasing.done():
            assert len(await turns_of(duckdb_warehouse, "bert")) >= 500

    await asyncio.gather(*(write(writer) for writer in range(4)), read(), erasing)
    await duckdb_warehouse.erase("carl", T0)
    assert len(await turns_of(duckdb_warehouse, "bert")) == 600
    counted = await duckdb_warehouse.query("rows_up_to", {"uid": "anna", "before": T0})
    assert sum(table["row_count"] for table in counted) == 0


async def test_killed_half_way_the_file_is_whole_and_it_can_be_erased_again(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    warehouse = DuckDBWarehouse(path)
    await warehouse.init()
    await fill(warehouse)
    await warehouse.append([turn(f"d{n}", **BERT, query="wet " * 500) for n in range(500)])
    await warehouse.close()

    eraser = await asyncio.create_subprocess_exec(sys.executable, "-c", ERASE, path)
    assert await eraser.wait() == -9
    assert {"warehouse.duckdb", "warehouse.duckdb.new"} <= set(os.listdir(tmp_path))

    warehouse = DuckDBWarehouse(path)
    assert len(await turns_of(warehouse, "bert")) == 1000
    await warehouse.erase("anna", T0)
    assert len(await turns_of(warehouse, "bert")) == 1000
    await warehouse.close()
    assert found_in(tmp_path) == set()


async def test_a_file_of_the_first_release_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    warehouse = DuckDBWarehouse(path)
    await warehouse.init()
    await warehouse.append([turn(), session()])
    await warehouse.close()
    with duckdb.connect(path) as connection:
        connection.execute("DROP TABLE erasures")
        connection.execute(
            "CREATE OR REPLACE VIEW user_sessions AS FROM user_sessions_changes WHERE NOT deleted"
        )

    warehouse = DuckDBWarehouse(path)
    await warehouse.init()
    assert len(await turns_of(warehouse)) == 1
    await warehouse.erase("anna", T0)
    await warehouse.append([turn("new", change_seq=T0 + 1)])
    assert [row["conversation_id"] for row in await turns_of(warehouse)] == ["new"]
    await warehouse.close()
