"""The embedded warehouse: one DuckDB file, which one process at a time can open."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from analytics.warehouse import statements
from analytics.warehouse.duckdb.file import connect, define, define_analysts, is_scattered, rewrite
from analytics.warehouse.duckdb.shared_lock import SharedLock
from analytics.warehouse.port import Erased, Parameter, RowsRefused, WarehouseUnavailable
from analytics.warehouse.rows import Row

T = TypeVar("T")

_THREADS = 4
_REFUSALS = (duckdb.DataError, duckdb.IntegrityError, duckdb.InvalidInputException)
_LIST_TYPES = {
    "STRING": "VARCHAR[]",
    "JSON": "VARCHAR[]",
    "INT64": "BIGINT[]",
    "TIMESTAMP": "BIGINT[]",
    "BOOL": "BOOLEAN[]",
    "ARRAY<STRING>": "VARCHAR[][]",
    "ARRAY<FLOAT64>": "VARCHAR[]",
}
"""Numbers of an array are passed as text: DuckDB reads it in a third of the time that a Python list of
numbers takes."""
_READ = {"TIMESTAMP": "make_timestamptz({})", "ARRAY<FLOAT64>": "{}::DOUBLE[]"}


class DuckDBWarehouse:
    """A warehouse in the file `path`, which is created if missing, readable by its owner only.

    No other process can open the file until `close`. Each call uses its own cursor in one of a few
    threads, so reads do not wait for appends; everything waits while an erasure rewrites the file.
    """

    def __init__(self, path: Path, smallest_group: int = statements.SMALLEST_GROUP) -> None:
        """Open the file; raises `WarehouseLocked` if another process has it open. Every figure about several
        users covers at least `smallest_group`."""
        self._path = path
        self._smallest_group = smallest_group
        # An earlier process may have removed rows from the file.
        self._removed = path.exists()
        self._connection = connect(path)
        self._lock = SharedLock()
        self._threads = ThreadPoolExecutor(_THREADS, "duckdb")

    async def init(self) -> Sequence[str]:
        """Create tables, columns and views."""
        await self._run(define)
        return ()

    async def init_analysts(self) -> None:
        """Create the analysts' schema and its views."""
        await self._run(lambda cursor: define_analysts(cursor, self._smallest_group))

    async def append(self, rows: Sequence[Row]) -> None:
        """Append rows in one transaction, leaving out those of users who have been erased since."""
        if rows:
            await self._run(lambda cursor: _append(cursor, rows))

    def text(self, statement: str) -> str:
        """The statement in DuckDB's SQL."""
        return statements.duckdb_query(statement, self._smallest_group)

    async def query(
        self, statement: str, parameters: Mapping[str, Parameter]
    ) -> list[dict[str, Any]]:
        """Run a statement of `analytics/warehouse/sql/queries`."""
        text = self.text(statement)
        return await self._run(lambda cursor: _fetch(cursor, text, parameters))

    async def execute(self, statement: str, parameters: Mapping[str, Parameter]) -> int:
        """Run a statement of `analytics/warehouse/sql/changes` in one transaction.

        No query finds removed rows, but their text remains in the file's unused pages until these
        are reused, or until `rewrite` or any erasure rewrites the file.
        """
        texts = statements.duckdb_changes(statement).values()

        def alone() -> int:
            # Two statements that delete the same rows at once would conflict.
            with self._lock.exclusive(), _errors(), self._connection.cursor() as cursor:
                changed = _execute(cursor, texts, parameters)
                self._removed = self._removed or changed > 0
                return changed

        return await self._in_thread(alone)

    async def erase(self, uid: str, before: int) -> Erased:
        """Rewrite the file without the user's rows, unless that has been done; see `rewrite`."""
        return await self._in_thread(lambda: self._erase(uid, before))

    async def rewrite(self) -> None:
        """Rewrite the file if anything was removed from it since the last time, or if the rows of many users
        are interleaved in it.

        It needs disk space for a second file, and time: 5 seconds for 120 MB on a small machine.
        """
        await self._in_thread(self._rewrite)

    async def ping(self) -> None:
        """Return if the views can be read."""
        await self._run(lambda cursor: cursor.execute("FROM conversation_history LIMIT 0"))

    async def close(self) -> None:
        """Release the file."""
        await self._in_thread(self._close)

    async def _run(self, work: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        return await self._in_thread(lambda: self._run_shared(work))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _run_shared(self, work: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        with self._lock.shared(), _errors(), self._connection.cursor() as cursor:
            return work(cursor)

    def _erase(self, uid: str, before: int) -> Erased:
        with self._lock.exclusive(), _errors():
            with self._connection.cursor() as cursor:
                removed = _rows_up_to(cursor, uid, before)
                erased = _erasures_of(cursor, [uid]).get(uid, before - 1)
            # The rows are removed and the erasure is recorded together, so nothing needs to be done
            # twice.
            if erased < before:
                self._replace_file((uid, before))
                with self._connection.cursor() as cursor:
                    if any(_rows_up_to(cursor, uid, before).values()):
                        raise WarehouseUnavailable("Rows are left in the DuckDB file: try again.")
            return Erased(removed, None)

    def _rewrite(self) -> None:
        with self._lock.exclusive(), _errors():
            with self._connection.cursor() as cursor:
                needed = self._removed or is_scattered(cursor)
            if needed:
                self._replace_file(None)

    def _replace_file(self, erased: tuple[str, int] | None) -> None:
        try:
            rewrite(self._connection, self._path, erased, self._smallest_group)
            self._removed = False
        finally:
            self._connection = connect(self._path)

    def _close(self) -> None:
        with self._lock.exclusive():
            self._connection.close()


def _execute(
    cursor: duckdb.DuckDBPyConnection, texts: Iterable[str], parameters: Mapping[str, Parameter]
) -> int:
    cursor.begin()
    changed = 0
    for text in texts:
        ((count,),) = cursor.execute(text, dict(parameters)).fetchall()
        changed += count
    cursor.commit()
    return changed


def _rows_up_to(cursor: duckdb.DuckDBPyConnection, uid: str, before: int) -> dict[str, int]:
    text = statements.duckdb_query("rows_up_to")
    counts = _fetch(cursor, text, {"uid": uid, "before": before})
    return {count["table_name"]: count["row_count"] for count in counts}


def _erasures_of(cursor: duckdb.DuckDBPyConnection, uids: Sequence[str]) -> dict[str, int]:
    erasures = _fetch(cursor, statements.duckdb_query("erasures_of"), {"uids": uids})
    return {erasure["uid"]: erasure["before"] for erasure in erasures}


def _append(cursor: duckdb.DuckDBPyConnection, rows: Sequence[Row]) -> None:
    cursor.begin()
    erased = _erasures_of(cursor, list({row.uid for row in rows}))
    by_type: dict[type[Row], list[Row]] = defaultdict(list)
    for row in rows:
        if row.uid not in erased or row.change_seq > erased[row.uid]:
            by_type[type(row)].append(row)
    for row_type, group in by_type.items():
        lists = [
            [_passed(getattr(row, name), kind) for row in group]
            for name, kind in statements.columns(row_type.table).items()
        ]
        try:
            cursor.execute(_insert(row_type.table), lists)
        except _REFUSALS as error:
            raise RowsRefused(
                f"DuckDB refused rows of {row_type.table} ({type(error).__name__})."
            ) from None
    cursor.commit()


def _passed(value: Any, kind: str) -> Any:
    return str([*value]) if kind == "ARRAY<FLOAT64>" and value is not None else value


@cache
def _insert(table: str) -> str:
    """An insert that takes one list per column: row by row it would be 100 times slower."""
    types = statements.columns(table)
    values = []
    for index, kind in enumerate(types.values(), start=1):
        value = f"unnest(${index}::{_LIST_TYPES[kind]})"
        values.append(_READ.get(kind, "{}").format(value))
    return f"INSERT INTO {table} ({', '.join(types)}) SELECT {', '.join(values)}"


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
    """Turn DuckDB's errors into the port's. Their messages may quote rows, so they are not passed on."""
    try:
        yield
    except duckdb.CatalogException:
        raise WarehouseUnavailable(
            "The warehouse is not initialised: run `recollect warehouse init`."
        ) from None
    except (duckdb.OperationalError, duckdb.ConnectionException) as error:
        raise WarehouseUnavailable(f"DuckDB failed ({type(error).__name__}).") from None
