"""The file under the SQLite store: its tables, its version and how it is opened."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from stores.ports import StoreError

VERSION = 1
"""Kept in `PRAGMA user_version`; raise it with every change of the tables."""

BUSY_SECONDS = 10.0
_SEPARATOR = "\x1f"

_TABLES = """
CREATE TABLE documents (
    path TEXT PRIMARY KEY,
    parent TEXT NOT NULL,
    collection TEXT NOT NULL,
    position INTEGER,
    data TEXT NOT NULL,
    update_time INTEGER NOT NULL
);
CREATE INDEX documents_in_order ON documents (parent, position, path);
CREATE INDEX marks_in_order ON documents (path) WHERE collection = 'marks';
CREATE TABLE clock (last INTEGER NOT NULL);
INSERT INTO clock VALUES (0);
"""


def joined(path: Sequence[str]) -> str:
    """A path as one string. The separator sorts below every character of an id, so these strings
    compare as Firestore compares paths: part by part."""
    return _SEPARATOR.join(path)


def connect(path: Path) -> sqlite3.Connection:
    """Open the file, without a transaction.

    `synchronous=FULL` syncs the log at each commit. NORMAL would survive a killed process too, but
    a power cut could take back turns that were acknowledged, and that the mirror already holds.
    """
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")
    return connection


@contextmanager
def immediate(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """A transaction that holds the write lock from its start, so that it can lose no race later."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def prepare(path: Path) -> None:
    """Create the file (readable by its owner alone) and its tables where they are missing.

    Raises StoreError for a file of a newer version.
    """
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    connection = connect(path)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        with immediate(connection):
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > VERSION:
                raise StoreError(
                    f"{path} has version {version} and this Recollect knows versions up to "
                    f"{VERSION}: run the newer Recollect that wrote it"
                )
            if version < VERSION:
                for statement in _TABLES.split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {VERSION}")
    finally:
        connection.close()
