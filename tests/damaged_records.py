"""Damages a stored record beneath the port, as a manual change or another version might (tests only)."""

import json
from collections.abc import Mapping
from typing import Any

from stores.keys import Key
from stores.ports import Store
from stores.records import Record
from stores.sqlite.file import joined
from stores.sqlite.store import SQLiteStore

SECRET = "sphinx of black quartz"
"""A text in damaged records, which must appear in no message."""


async def damage(store: Store, key: Key[Record], **values: Any) -> None:
    """Set fields of a record to any values; fields whose value is Ellipsis are removed."""
    inner = _inner(store)
    if isinstance(inner, SQLiteStore):
        fields = json.loads(await _text(inner, key)) | values
        kept = {name: value for name, value in fields.items() if value is not ...}
        await damage_text(inner, key, json.dumps(kept))
        return
    from google.cloud import firestore

    stored: Mapping[str, Any] = {
        name: firestore.DELETE_FIELD if value is ... else value for name, value in values.items()
    }
    await inner._client.document(*key.path).update(stored)


async def plant(store: Store, key: Key[Record], **values: Any) -> None:
    """Create a record that was never valid."""
    inner = _inner(store)
    if isinstance(inner, SQLiteStore):
        path = key.path
        row = (joined(path), joined(path[:-1]), path[-2], json.dumps(values), 1)
        await inner._write(
            lambda connection: connection.execute(
                "INSERT INTO documents VALUES (?, ?, ?, ?, ?)", row
            )
        )
        return
    await inner._client.document(*key.path).create(values)


async def damage_text(store: Store, key: Key[Record], text: str) -> None:
    """Replace the whole text that SQLite stores for a record."""
    inner = _inner(store)
    assert isinstance(inner, SQLiteStore)
    await inner._write(
        lambda connection: connection.execute(
            "UPDATE documents SET data = ? WHERE path = ?", (text, joined(key.path))
        )
    )


async def _text(store: SQLiteStore, key: Key[Record]) -> str:
    def read(connection: Any) -> str:
        (data,) = connection.execute(
            "SELECT data FROM documents WHERE path = ?", (joined(key.path),)
        ).fetchone()
        return str(data)

    return await store._read(read)


def _inner(store: Store) -> Any:
    """The store itself, without the wrapper that counts its calls."""
    return getattr(store, "_part", store)
