"""Changes rows of a mirror directly, which nobody should do (tests only)."""

import asyncio
from typing import Any

from analytics.warehouse.bigquery.warehouse import BigQueryWarehouse
from analytics.warehouse.duckdb.warehouse import DuckDBWarehouse
from analytics.warehouse.port import Warehouse


async def tamper(warehouse: Warehouse, statement: str) -> None:
    """Run a statement that both warehouses accept; `{d}` stands for the dataset."""
    if isinstance(warehouse, DuckDBWarehouse):
        with warehouse._connection.cursor() as cursor:
            cursor.execute(statement.format(d="main"))
        return
    assert isinstance(warehouse, BigQueryWarehouse)
    text = statement.format(d=warehouse._qualified)
    await asyncio.to_thread(lambda: warehouse._client.query_and_wait(text))


async def rows_of(warehouse: Warehouse, statement: str) -> list[tuple[Any, ...]]:
    """The rows of a query that both warehouses accept."""
    if isinstance(warehouse, DuckDBWarehouse):
        with warehouse._connection.cursor() as cursor:
            return cursor.execute(statement.format(d="main")).fetchall()
    assert isinstance(warehouse, BigQueryWarehouse)
    text = statement.format(d=warehouse._qualified)
    found = await asyncio.to_thread(lambda: list(warehouse._client.query_and_wait(text)))
    return [tuple(row.values()) for row in found]
