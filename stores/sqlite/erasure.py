"""How all of a user's records leave the SQLite file, its unused pages and its log."""

import sqlite3
from collections import Counter

from stores.documents import checked
from stores.ports import StoreUnavailable
from stores.sqlite.file import joined
from stores.sqlite.queries import below

_BATCH = 500


def delete_some(connection: sqlite3.Connection, uid: str) -> Counter[str]:
    """Delete some of a user's records, in a transaction that the caller opened; returns how many
    went, by collection, and nothing once none is left."""
    user = checked(("users", uid))
    found = connection.execute(
        "SELECT path, collection FROM documents WHERE path = ? OR path > ? AND path < ? LIMIT ?",
        (joined(user), *below(user), _BATCH),
    ).fetchall()
    connection.executemany("DELETE FROM documents WHERE path = ?", [(path,) for path, _ in found])
    return Counter(collection for _, collection in found)


def forget(connection: sqlite3.Connection) -> None:
    """Leave nothing in the file, its log included, that was deleted before.

    `secure_delete` is not enough: copies stay behind where SQLite moves records between pages. The
    file is written anew, which takes as long as it is large; others can read but not write then.

    Raises StoreUnavailable if somebody keeps reading an old state.
    """
    connection.execute("VACUUM")
    (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise StoreUnavailable(
            "deleted text stays in the SQLite file's log while somebody reads it: try again, or "
            "end the program that keeps a transaction open"
        )
