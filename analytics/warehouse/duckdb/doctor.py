"""Examines the DuckDB file without changing it."""

from pathlib import Path

import duckdb

from analytics.warehouse.tables import lacking
from stores.findings import Finding


def examine(path: Path) -> Finding:
    """Whether the file can be opened and has the tables and columns of this release."""
    subject = f"warehouse {path}"
    if not path.exists():
        return Finding(f"{subject}: not there yet; the first start makes it")
    try:
        with duckdb.connect(path, read_only=True) as connection:
            found = connection.execute(
                "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'main'"
            ).fetchall()
    except duckdb.IOException as error:
        if "lock" in str(error):
            return Finding(f"{subject}: in use by a running Recollect")
        return Finding(
            subject,
            "can't be opened as a DuckDB file",
            "stop Recollect, move it away and run `recollect warehouse init` and `recollect backfill`",
        )
    if missing := lacking(set(found)):
        return Finding(
            subject,
            f"lacks {', '.join(missing)}",
            "run `recollect warehouse init` and `recollect backfill`",
        )
    return Finding(subject)
