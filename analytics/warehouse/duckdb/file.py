"""The DuckDB file: how it is opened, and how it is rewritten without a user's rows.

Deleting is not enough: DuckDB keeps the text of removed rows in the file even after DELETE,
CHECKPOINT and VACUUM.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from analytics.warehouse import statements
from analytics.warehouse.port import WarehouseLocked, WarehouseOutdated, WarehouseUnavailable
from analytics.warehouse.tables import tables, unlike

_FRESH = "recollect_written_anew"
SCATTERED = 20_000
"""Fewer runs than this are read in a moment, wherever they are."""


def connect(path: Path) -> duckdb.DuckDBPyConnection:
    """Open the file; it is created if missing. Only its owner can read it and every file that this process
    creates from now on.

    Raises WarehouseLocked if another process has it open, WarehouseUnavailable if it is not a DuckDB file.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # The umask stays set: DuckDB may create a new log and other files beside it at any time.
    os.umask(0o077)
    try:
        connection = duckdb.connect(path)
    except duckdb.IOException as error:
        if "lock" not in str(error):
            raise WarehouseUnavailable(f"{path} cannot be opened as a DuckDB file") from error
        raise WarehouseLocked(
            f"Another process has {path} open, most likely a running Recollect API (which exports "
            "by itself). Stop it first, or run this command later."
        ) from error
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    _discard(_fresh(path))
    return connection


def define(cursor: duckdb.DuckDBPyConnection) -> None:
    """Create missing tables and columns, and create or update the views, in one transaction.

    Raises WarehouseOutdated for a column of another type.
    """
    with _transaction(cursor):
        for statement in statements.duckdb_tables():
            cursor.execute(statement)
        for table in tables():
            described = cursor.execute(f"DESCRIBE {table.name}").fetchall()
            kinds = {name: statements.googlesql_type(kind) for name, kind, *_ in described}
            if problems := unlike(table, kinds):
                raise WarehouseOutdated(
                    f"{'; '.join(problems)}. A type can't be changed in place: move the DuckDB file "
                    "away, then run `recollect warehouse init` and `recollect backfill`."
                )
            for column in table.columns:
                if column.name not in kinds:
                    cursor.execute(statements.duckdb_column(table, column))
        for view in statements.duckdb_views():
            cursor.execute(view)


def define_analysts(cursor: duckdb.DuckDBPyConnection, smallest_group: int) -> None:
    """Create the analysts' schema, and create or update its views, with groups of at least `smallest_group`
    users, in one transaction."""
    with _transaction(cursor):
        for statement in statements.duckdb_analysts_views(smallest_group):
            cursor.execute(statement)


def is_scattered(cursor: duckdb.DuckDBPyConnection) -> bool:
    """Whether the turns of many users are interleaved, so that one user's are slow to read: more than
    `SCATTERED` turns, and more than a quarter of all, begin a run that is not their user's first."""
    ((rows, runs, users),) = cursor.execute(
        "SELECT count(*), count(*) FILTER (uid IS DISTINCT FROM before), count(DISTINCT uid) FROM "
        "(SELECT uid, lag(uid) OVER (ORDER BY rowid) AS before FROM conversation_history_changes)"
    ).fetchall()
    return bool(runs - users > max(SCATTERED, rows / 4))


def rewrite(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    erased: tuple[str, int] | None,
    smallest_group: int,
) -> None:
    """Replace the file with one that contains nothing that was ever deleted. Each user's rows are side by
    side in it, as BigQuery clusters them: a query about one user reads little else.

    With `erased` (uid, commit time) it also lacks that user's rows up to that time, and records the erasure.

    Nobody else may use the connection, which is closed once the file is in place. If the process is
    killed, either the old file or the new one is intact.
    """
    fresh = _fresh(path)
    _discard(fresh)
    try:
        with connection.cursor() as cursor:
            _fill(cursor, fresh, erased, smallest_group)
            # The old file's log must not lie beside the new file.
            cursor.execute("CHECKPOINT")
        fresh.replace(path)
        connection.close()
        _sync(path.parent)
    finally:
        _discard(fresh)


def _fill(
    cursor: duckdb.DuckDBPyConnection,
    fresh: Path,
    erased: tuple[str, int] | None,
    smallest_group: int,
) -> None:
    (old,) = cursor.execute("SELECT current_database()").fetchall()[0]
    where, parameters = "", {}
    if erased:
        where = "WHERE NOT (uid = $uid AND change_seq <= $before)"
        parameters = dict(zip(("uid", "before"), erased, strict=True))
    quoted = str(fresh).replace("'", "''")
    cursor.execute(f"ATTACH '{quoted}' AS {_FRESH}")
    try:
        cursor.execute(f"USE {_FRESH}")
        define(cursor)
        define_analysts(cursor, smallest_group)
        for table in tables():
            names = ", ".join(column.name for column in table.columns)
            filtered = table.name != "erasures"
            cursor.execute(
                f'INSERT INTO {table.name} ({names}) SELECT {names} FROM "{old}".main.{table.name} '  # noqa: S608
                f"{where if filtered else ''} ORDER BY {', '.join(table.clustered_by)}",
                parameters if filtered else {},
            )
        if erased:
            for statement in statements.duckdb_changes("record_erasure").values():
                cursor.execute(statement, parameters)
        cursor.execute(f"CHECKPOINT {_FRESH}")
    finally:
        cursor.execute(f'USE "{old}"')
        cursor.execute(f"DETACH {_FRESH}")


@contextmanager
def _transaction(cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Define all or nothing, and wait for the disk once, not after each statement."""
    cursor.begin()
    try:
        yield
    except BaseException:
        cursor.rollback()
        raise
    cursor.commit()


def _fresh(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")


def _discard(path: Path) -> None:
    for file in (path, path.with_name(f"{path.name}.wal")):
        file.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
