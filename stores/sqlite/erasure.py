"""How a user's records are removed from the SQLite file, its unused pages and its log."""

import sqlite3
from collections import Counter

from stores.documents import checked
from stores.errors import StoreUnavailable
from stores.sqlite.file import joined
from stores.sqlite.queries import below

_BATCH = 500


def delete_some(connection: sqlite3.Connection, uid: str) -> Counter[str]:
    """Delete some of a user's records in the caller's transaction. Returns how many were deleted,
    by collection; empty once nothing is left."""
    user = checked(("users", uid))
    found = connection.execute(
        "SELECT path, collection FROM documents WHERE path = ? OR path > ? AND path < ? LIMIT ?",
        (joined(user), *below(user), _BATCH),
    ).fetchall()
    connection.executemany("DELETE FROM documents WHERE path = ?", [(path,) for path, _ in found])
    return Counter(collection for _, collection in found)


def rewrite_file(connection: sqlite3.Connection) -> None:
    """Remove every trace of deleted records from the file and its log.

    `secure_delete` is not enough: copies remain where SQLite moves records between pages. So the
    whole file is rewritten, which takes longer the larger it is. Others can read meanwhile, but not
    write.

    Raises StoreUnavailable if another program keeps an old transaction open.
    """
    connection.execute("VACUUM")
    (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise StoreUnavailable(
            "deleted text remains in the SQLite file's log while another program reads it: try "
            "again, or end the program that keeps a transaction open"
        )
