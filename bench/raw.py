"""What a store is asked in the end, without anything of the API above it."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from stores.keys import Key, profile_key, session_key
from stores.ports import Store, Window, Write
from stores.records import Record


class Raw(Protocol):
    """The calls that the API's operations come down to."""

    async def record(self, keys: Sequence[Key[Record]], writes: Sequence[Write]) -> None:
        """Read the keys in one request and write in another."""

    async def open_chat(self, uid: str, session_id: str, turns: int) -> None:
        """Read a session and its latest turns, both at once."""

    async def list_sessions(self, uid: str, count: int) -> None:
        """Read a profile and the latest sessions, both at once."""

    async def close(self) -> None:
        """Give connections back."""


class RawStore:
    """The calls of the port, for the store that is a library itself."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def record(self, keys: Sequence[Key[Record]], writes: Sequence[Write]) -> None:
        await self._store.get(keys)
        await self._store.commit(writes)

    async def open_chat(self, uid: str, session_id: str, turns: int) -> None:
        part = Window(turns + 1, from_end=True)
        await asyncio.gather(
            self._store.get([profile_key(uid), session_key(uid, session_id)]),
            self._store.list_conversations(uid, session_id, part),
        )

    async def list_sessions(self, uid: str, count: int) -> None:
        await asyncio.gather(
            self._store.get([profile_key(uid)]), self._store.list_sessions(uid, Window(count + 1))
        )

    async def close(self) -> None:
        """The store belongs to the API."""
