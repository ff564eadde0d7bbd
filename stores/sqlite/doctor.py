"""Examines the SQLite file without changing it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from stores.findings import Finding
from stores.sqlite.file import OLDEST, VERSION


def examine(path: Path) -> Finding:
    """Whether the file can be read, is intact, and is of a version that this release knows."""
    subject = f"store {path}"
    if not path.exists():
        return Finding(f"{subject}: not there yet; the first start makes it")
    try:
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        ) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            (state,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError:
        return Finding(
            subject, "can't be read", "make it readable for the account that runs Recollect"
        )
    except sqlite3.DatabaseError:
        state, version = "not a database", VERSION
    if state != "ok":
        return Finding(
            subject,
            "is damaged or not an SQLite file",
            "stop Recollect and bring back the last backup with `recollect restore`",
        )
    if version > VERSION:
        return Finding(
            subject,
            f"has version {version}, newer than {VERSION}",
            "run the Recollect that wrote it",
        )
    if version < OLDEST:
        return Finding(
            subject,
            f"has version {version}, from before the first release",
            "move it away and import its chats into a new file",
        )
    return Finding(subject)
