"""Both warehouses, empty and initialised."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from analytics.warehouse.bigquery.warehouse import BigQueryWarehouse
from analytics.warehouse.duckdb.warehouse import DuckDBWarehouse
from analytics.warehouse.port import Warehouse
from tests.contract.warehouses.helpers import emptied, open_bigquery
from tests.emulators.bigquery import PROJECT, BigQueryDataset, BigQueryEndpoints


@pytest.fixture(scope="session")
def shared_dataset(bigquery_endpoints: BigQueryEndpoints) -> Iterator[BigQueryDataset]:
    """A dataset that tests use one after the other: the emulator takes a second to create one."""
    dataset = f"test_{uuid4().hex}"
    yield BigQueryDataset(PROJECT, dataset, bigquery_endpoints.rest, bigquery_endpoints.grpc)
    httpx.delete(
        f"{bigquery_endpoints.rest}/bigquery/v2/projects/{PROJECT}/datasets/{dataset}",
        params={"deleteContents": "true"},
        timeout=30,
    )


@pytest.fixture
async def ready_dataset(shared_dataset: BigQueryDataset) -> BigQueryDataset:
    """The shared dataset, initialised and without rows."""
    if not await emptied(shared_dataset):
        warehouse = open_bigquery(shared_dataset)
        await warehouse.init()
        await warehouse.close()
    return shared_dataset


@pytest.fixture
async def duckdb_warehouse(tmp_path: Path) -> AsyncIterator[DuckDBWarehouse]:
    """An initialised warehouse in the file `warehouse.duckdb` of the test's folder."""
    opened = DuckDBWarehouse(tmp_path / "warehouse.duckdb")
    await opened.init()
    yield opened
    await opened.close()


@pytest.fixture
async def bigquery_warehouse(ready_dataset: BigQueryDataset) -> AsyncIterator[BigQueryWarehouse]:
    """A warehouse in the shared dataset."""
    opened = open_bigquery(ready_dataset)
    yield opened
    await opened.close()


@pytest.fixture(params=["duckdb", "bigquery"])
def warehouse(request: pytest.FixtureRequest) -> Warehouse:
    """Each of the two warehouses."""
    opened: Warehouse = request.getfixturevalue(f"{request.param}_warehouse")
    return opened
