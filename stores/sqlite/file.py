"""The file of the SQLite store: its tables, its version, and how it is opened."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from stores.documents import DUE_TIMES, ORDERS, ROOTS
from stores.errors import StoreError, StoreUnavailable

VERSION = 5
"""Kept in `PRAGMA user_version`. Raise it whenever tables or indexes change."""
OLDEST = 2
"""The oldest version that can be upgraded: it lacks only indexes and generated columns."""

BUSY_SECONDS = 10.0
_creating = threading.Lock()
_SEPARATOR = "\x1f"


def _columns() -> dict[str, str]:
    """The columns that are computed from `data`, by name: the fields that lists are ordered by."""
    fields = sorted({field for fields in ORDERS.values() for field in fields})
    return {field: f"{field} INTEGER AS (json_extract(data, '$.{field}'))" for field in fields}


def _tables() -> Iterator[str]:
    """The statements that create the tables."""
    yield f"""CREATE TABLE documents (
        path TEXT PRIMARY KEY,
        parent TEXT NOT NULL,
        collection TEXT NOT NULL,
        data TEXT NOT NULL,
        update_time INTEGER NOT NULL,
        {", ".join(_columns().values())})"""
    yield "CREATE TABLE clock (last INTEGER NOT NULL)"
    yield "INSERT INTO clock VALUES (0)"


def _missing_columns(connection: sqlite3.Connection) -> Iterator[str]:
    """The statements that add the columns that a file of an earlier version lacks."""
    present = {row[1] for row in connection.execute("PRAGMA table_xinfo(documents)").fetchall()}
    for name, column in _columns().items():
        if name not in present:
            yield f"ALTER TABLE documents ADD COLUMN {column}"


def _indexes() -> Iterator[str]:
    """The statements that create missing indexes, one for each order in which a collection is read."""
    for collection in (*ROOTS.values(), "marks", "dead_letters"):
        yield (
            f"CREATE INDEX IF NOT EXISTS {collection}_in_order ON documents (path) "
            f"WHERE collection = '{collection}'"
        )
    for collection, fields_of_collection in ORDERS.items():
        for field in fields_of_collection:
            yield (
                f"CREATE INDEX IF NOT EXISTS {collection}_by_{field} ON documents (parent, {field}, path) "
                f"WHERE collection = '{collection}'"
            )
    for time in DUE_TIMES:
        yield (
            f"CREATE INDEX IF NOT EXISTS users_by_{time} ON documents "
            f"(json_extract(data, '$.{time}'), path) WHERE collection = 'users'"
        )
    yield (
        "CREATE INDEX IF NOT EXISTS documents_by_change ON documents (parent, update_time, path)"
    )


def joined(path: Sequence[str]) -> str:
    """A path as one string. The separator sorts before every character of an id, so these strings
    compare as paths do in Firestore: part by part."""
    return _SEPARATOR.join(path)


def separated(path: str) -> tuple[str, ...]:
    """The reverse of `joined`."""
    return tuple(path.split(_SEPARATOR))


def connect(path: Path) -> sqlite3.Connection:
    """Open the file, without beginning a transaction.

    `synchronous=FULL` syncs the log at each commit. NORMAL survives a killed process too, but a
    power cut could lose turns that were acknowledged and are already in the mirror.
    """
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")
    return connection


@contextmanager
def immediate(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """A transaction that takes the write lock at once, so that it can't lose a race later."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


class ErrorsOfFile:
    """Raises StoreUnavailable for a file that is locked or can't be reached, StoreError for a damaged one."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, sqlite3.OperationalError):
            raise StoreUnavailable(f"{self._path} is locked or can't be read or written") from error
        if isinstance(error, sqlite3.DatabaseError):
            raise StoreError(
                f"{self._path} is damaged or not an SQLite file: move it away, or restore it from a backup"
            ) from error


def _create(path: Path) -> None:
    """Create an empty file if there is none.

    An existing file is not opened: closing it would release the locks that this process's other
    connections hold on it, and another process could then remove the log they write to.
    """
    try:
        with _creating, suppress(FileExistsError):
            path.touch(mode=0o600, exist_ok=False)
    except OSError as error:
        raise StoreUnavailable(
            f"{path} can't be created: {error.strerror}; its folder must exist and be writable"
        ) from error


def prepare(path: Path) -> None:
    """Create the file (readable by its owner only) and its tables if they are missing.

    Raises StoreError for a file of an unknown version, StoreUnavailable if it can't be created.
    """
    _create(path)
    connection = connect(path)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        with immediate(connection):
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > VERSION:
                raise StoreError(
                    f"{path} has version {version}, but this Recollect only knows versions up to "
                    f"{VERSION}: run the newer Recollect that wrote it"
                )
            if 0 < version < OLDEST:
                raise StoreError(
                    f"{path} has version {version}, from before the first release, which this "
                    "Recollect can't read: move it away and import its chats into a new file"
                )
            if version < VERSION:
                tables = _missing_columns(connection) if version else _tables()
                for statement in (*tables, *_indexes()):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {VERSION}")
    finally:
        connection.close()
