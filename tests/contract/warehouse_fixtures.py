"""Both warehouses, empty and initialised."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from analytics.duckdb import DuckDBWarehouse
from analytics.ports import Warehouse
from tests.contract.warehouse_helpers import open_bigquery


@pytest.fixture(params=["duckdb", "bigquery"])
async def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Warehouse]:
    opened: Warehouse
    if request.param == "duckdb":
        opened = DuckDBWarehouse(tmp_path / "warehouse.duckdb")
    else:
        opened = open_bigquery(request.getfixturevalue("bigquery_dataset"))
    await opened.init()
    yield opened
    await opened.close()
