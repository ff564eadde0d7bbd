"""The embedded warehouse: one DuckDB file, held by one process at a time."""

import asyncio
import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from analytics import statements
from analytics.ports import Parameter, RowsRefused, WarehouseLocked, WarehouseUnavailable
from analytics.rows import Row

T = TypeVar("T")

_REFUSALS = (duckdb.DataError, duckdb.IntegrityError, duckdb.InvalidInputException)
_LIST_TYPES = {
    "STRING": "VARCHAR[]",
    "JSON": "VARCHAR[]",
    "INT64": "BIGINT[]",
    "TIMESTAMP": "BIGINT[]",
    "BOOL": "BOOLEAN[]",
}


class DuckDBWarehouse:
    """A warehouse in the file `path`, which is created if missing, readable by its owner only.

    Opening it keeps the file from every other process until `close`. Each call works on its own
    cursor in a worker thread, so reads do not wait for appends.
    """

    def __init__(self, path: Path) -> None:
        """Open the file; `WarehouseLocked` if another process has it."""
        self._connection = _connect(path)

    async def init(self) -> None:
        """Create tables and views."""
        await self._run(_init)

    async def append(self, rows: Sequence[Row]) -> None:
        """Append rows in one transaction."""
        if rows:
            await self._run(lambda cursor: _append(cursor, rows))

    async def query(
        self, statement: str, parameters: Mapping[str, Parameter]
    ) -> list[dict[str, Any]]:
        """Run a statement of `analytics/sql/queries`."""
        text = statements.duckdb_query(statement)
        return await self._run(lambda cursor: _fetch(cursor, text, parameters))

    async def ping(self) -> None:
        """Answer if the views can be read."""
        await self._run(lambda cursor: cursor.execute("FROM conversation_history LIMIT 0"))

    async def close(self) -> None:
        """Release the file."""
        await asyncio.to_thread(self._connection.close)

    async def _run(self, work: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        return await asyncio.to_thread(self._run_blocking, work)

    def _run_blocking(self, work: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        with _errors(), self._connection.cursor() as cursor:
            return work(cursor)


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    umask = os.umask(0o077)
    try:
        connection = duckdb.connect(path)
    except duckdb.IOException as error:
        if "lock" not in str(error):
            raise WarehouseUnavailable(f"{path} cannot be opened as a DuckDB file") from error
        raise WarehouseLocked(
            f"Another process holds {path}, most likely a running Recollect API (it exports by "
            "itself). Stop it, or do without this command while it runs."
        ) from error
    finally:
        os.umask(umask)
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    return connection


def _init(cursor: duckdb.DuckDBPyConnection) -> None:
    for definition in statements.duckdb_definitions():
        cursor.execute(definition)


def _append(cursor: duckdb.DuckDBPyConnection, rows: Sequence[Row]) -> None:
    by_type: dict[type[Row], list[Row]] = defaultdict(list)
    for row in rows:
        by_type[type(row)].append(row)
    cursor.begin()
    for row_type, group in by_type.items():
        names = statements.columns(row_type.table)
        lists = [[getattr(row, name) for row in group] for name in names]
        try:
            cursor.execute(_insert(row_type.table), lists)
        except _REFUSALS as error:
            raise RowsRefused(
                f"DuckDB refused rows of {row_type.table} ({type(error).__name__})."
            ) from None
    cursor.commit()


@cache
def _insert(table: str) -> str:
    """An insert that takes one list a column: row by row it would be 100 times slower."""
    types = statements.columns(table)
    values = []
    for index, kind in enumerate(types.values(), start=1):
        value = f"unnest(${index}::{_LIST_TYPES[kind]})"
        values.append(f"make_timestamptz({value})" if kind == "TIMESTAMP" else value)
    return f"INSERT INTO {table} SELECT {', '.join(values)}"


def _fetch(
    cursor: duckdb.DuckDBPyConnection, text: str, parameters: Mapping[str, Parameter]
) -> list[dict[str, Any]]:
    cursor.execute(text, dict(parameters))
    names = [column[0] for column in cursor.description]
    return [
        {name: _plain(value) for name, value in zip(names, row, strict=True)}
        for row in cursor.fetchall()
    ]


def _plain(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) else value


@contextmanager
def _errors() -> Iterator[None]:
    """Turn DuckDB's errors into the port's. Its messages may quote rows, so none is passed on."""
    try:
        yield
    except duckdb.CatalogException:
        raise WarehouseUnavailable(
            "The warehouse is not initialised: run `recollect warehouse init`."
        ) from None
    except (duckdb.OperationalError, duckdb.ConnectionException) as error:
        raise WarehouseUnavailable(f"DuckDB failed ({type(error).__name__}).") from None
