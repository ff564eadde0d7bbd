"""Rows sent the way event-driven mirrors send them: each by itself, as it comes."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from analytics.warehouse.port import Warehouse
from analytics.warehouse.rows import Row
from analytics.warehouse.statements import columns
from recollect.settings.settings import Settings


async def send_one_by_one(settings: Settings, warehouse: Warehouse, rows: Sequence[Row]) -> None:
    """One `insertAll` per row or, for DuckDB, one transaction per row."""
    if settings.warehouse == "duckdb":
        for row in rows:
            await warehouse.append([row])
    else:
        await asyncio.to_thread(_insert_all, settings, rows)


def _insert_all(settings: Settings, rows: Sequence[Row]) -> None:
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import bigquery

    client = bigquery.Client(
        project=settings.project,
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
        client_options={"api_endpoint": settings.bigquery_endpoint},
    )
    for row in rows:
        table = f"{settings.project}.{settings.dataset}.{row.table}"
        if errors := client.insert_rows_json(table, [_json(row)]):
            raise RuntimeError(f"insertAll answers {errors[0]['errors'][0]['reason']}")
    client.close()  # type: ignore[no-untyped-call]


def _json(row: Row) -> Mapping[str, Any]:
    kinds = columns(row.table)
    return {
        name: value / 1_000_000 if kinds[name] == "TIMESTAMP" else value
        for name, value in asdict(row).items()
        if value is not None
    }
