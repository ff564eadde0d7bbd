"""Runs queries as an analyst may write them, in GoogleSQL, on either warehouse."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import duckdb
import sqlglot
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from tests.emulators.bigquery import BigQueryDataset

Ask: TypeAlias = Callable[[str], list[dict[str, Any]]]
"""Runs GoogleSQL that names the datasets as `recollect` and `recollect_analysts`."""


def ask_duckdb(path: Path) -> Ask:
    """Queries a file that this process has open as a warehouse."""

    def ask(text: str) -> list[dict[str, Any]]:
        placed = text.replace("recollect_analysts.", "analysts.").replace("recollect.", "main.")
        (statement,) = sqlglot.transpile(placed, read="bigquery", write="duckdb")
        with duckdb.connect(path) as connection:
            found = connection.execute(statement)
            names = [column[0] for column in found.description]
            return [
                {
                    name: value.astimezone(UTC) if isinstance(value, datetime) else value
                    for name, value in zip(names, row, strict=True)
                }
                for row in found.fetchall()
            ]

    return ask


def ask_bigquery(place: BigQueryDataset) -> Ask:
    """Queries a dataset of the emulator."""
    anonymous = AnonymousCredentials()  # type: ignore[no-untyped-call]
    client = bigquery.Client(
        place.project, anonymous, client_options={"api_endpoint": place.endpoint}
    )

    def ask(text: str) -> list[dict[str, Any]]:
        names = {
            "recollect_analysts.": f"`{place.project}`.{place.dataset}_analysts.",
            "recollect.": f"`{place.project}`.{place.dataset}.",
        }
        for short, name in names.items():
            text = text.replace(short, name)
        found = client.query_and_wait(text)
        parsed = {field.name for field in found.schema if field.field_type == "JSON"}
        return [
            {
                name: json.dumps(value) if name in parsed and value is not None else value
                for name, value in row.items()
            }
            for row in found
        ]

    return ask
