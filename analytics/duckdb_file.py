"""The DuckDB file: how it is opened, and how it is written anew without a user's rows.

Deleting is not enough: DuckDB keeps the text of removed rows in the file through DELETE, CHECKPOINT
and VACUUM.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from analytics import statements
from analytics.ports import WarehouseLocked, WarehouseUnavailable
from analytics.rows import ROW_TYPES

_FRESH = "recollect_written_anew"


def connect(path: Path) -> duckdb.DuckDBPyConnection:
    """Open the file, made if missing and readable by its owner only.

    Raises WarehouseLocked if another process has it, WarehouseUnavailable if it is something else.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with _owner_only():
            connection = duckdb.connect(path)
    except duckdb.IOException as error:
        if "lock" not in str(error):
            raise WarehouseUnavailable(f"{path} cannot be opened as a DuckDB file") from error
        raise WarehouseLocked(
            f"Another process holds {path}, most likely a running Recollect API (it exports by "
            "itself). Stop it, or do without this command while it runs."
        ) from error
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    _discard(_fresh(path))
    return connection


def define(cursor: duckdb.DuckDBPyConnection) -> None:
    """Create the tables and views that are missing."""
    for definition in statements.duckdb_definitions():
        cursor.execute(definition)


def rewrite_without(
    connection: duckdb.DuckDBPyConnection, path: Path, uid: str, before: int
) -> None:
    """Put a file in the place of this one that lacks a user's rows up to a commit time, has the
    erasure recorded, and holds nothing that was ever deleted.

    Nobody else may use the connection, which is closed once the file is in place. Killed anywhere,
    the old file is whole, or the new one.
    """
    fresh = _fresh(path)
    _discard(fresh)
    try:
        with connection.cursor() as cursor:
            _fill(cursor, fresh, uid, before)
            # A log of the old file must not be found beside the new one.
            cursor.execute("CHECKPOINT")
        fresh.replace(path)
        connection.close()
        _sync(path.parent)
    finally:
        _discard(fresh)


def _fill(cursor: duckdb.DuckDBPyConnection, fresh: Path, uid: str, before: int) -> None:
    (old,) = cursor.execute("SELECT current_database()").fetchall()[0]
    parameters = {"uid": uid, "before": before}
    quoted = str(fresh).replace("'", "''")
    with _owner_only():
        cursor.execute(f"ATTACH '{quoted}' AS {_FRESH}")
    try:
        cursor.execute(f"USE {_FRESH}")
        define(cursor)
        cursor.execute(f'INSERT INTO erasures BY NAME FROM "{old}".main.erasures')
        for statement in statements.duckdb_changes("record_erasure").values():
            cursor.execute(statement, parameters)
        for row_type in ROW_TYPES:
            cursor.execute(
                f'INSERT INTO {row_type.table} BY NAME FROM "{old}".main.{row_type.table} '
                "WHERE NOT (uid = $uid AND change_seq <= $before)",
                parameters,
            )
        cursor.execute(f"CHECKPOINT {_FRESH}")
    finally:
        cursor.execute(f'USE "{old}"')
        cursor.execute(f"DETACH {_FRESH}")


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


@contextmanager
def _owner_only() -> Iterator[None]:
    """Make files that only their owner can read."""
    umask = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(umask)
