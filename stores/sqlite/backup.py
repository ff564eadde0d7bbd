"""Copies the SQLite file while other processes use it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from stores.errors import StoreError
from stores.sqlite.doctor import examine
from stores.sqlite.file import ErrorsOfFile


def back_up(path: Path, to: Path) -> None:
    """Write the current state to a new file, readable by its owner only, and check it.

    Each commit made meanwhile is either included completely or not at all. Raises StoreError if the file
    can't be read.
    """
    to.touch(mode=0o600, exist_ok=False)
    with (
        ErrorsOfFile(path),
        closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(to)) as target,
    ):
        source.backup(target)
        # A backup is one file, without a log beside it.
        target.execute("PRAGMA journal_mode = DELETE")
    check(to)


def check(path: Path) -> None:
    """Raise StoreError unless the file is a whole store of a version that this release knows."""
    if not path.exists() or (problem := examine(path).problem):
        raise StoreError(f"{path}: {problem if path.exists() else 'is missing'}")
