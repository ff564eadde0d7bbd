"""A warehouse with its analysts' dataset, and a function that queries it."""

from pathlib import Path

import pytest

from analytics.warehouse.port import Warehouse
from tests.contract.warehouses.analyst import Ask, ask_bigquery, ask_duckdb


@pytest.fixture
def ask(request: pytest.FixtureRequest, tmp_path: Path) -> Ask:
    """Queries the warehouse under test."""
    if "duckdb" in request.node.callspec.id:
        return ask_duckdb(tmp_path / "warehouse.duckdb")
    return ask_bigquery(request.getfixturevalue("ready_dataset"))


_READY: set[str] = set()


@pytest.fixture
async def analysed(warehouse: Warehouse, request: pytest.FixtureRequest) -> Warehouse:
    """The warehouse under test with its analysts' dataset, which is created once."""
    name = ""
    if "bigquery" in request.node.callspec.id:
        name = request.getfixturevalue("ready_dataset").dataset
    if name not in _READY:
        await warehouse.init_analysts()
        _READY.update({name} - {""})
    return warehouse
