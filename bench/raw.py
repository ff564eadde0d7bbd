"""The calls that reach a store in the end, without the API above it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from analytics.mirror import row_mapping
from analytics.unreadable_records import readable_records
from stores.keys import Key, conversations_of, mark_key, profile_key, session_key
from stores.mirror_records import ExportMark
from stores.ports import Delete, Store, Window, Write
from stores.records import Record

LOOK_SECONDS = 0.005


def named(marks: Sequence[ExportMark]) -> list[Key[Record]]:
    """The records to read for marks, each once."""
    changes = ((mark.uid, change) for mark in marks for change in mark.changes)
    return list(
        dict.fromkeys(key for uid, change in changes for key in row_mapping.keys(uid, change))
    )


class Raw(Protocol):
    """The calls that the API's operations come down to."""

    listening: str
    """How `listen` works, for the tables."""

    async def record(self, keys: Sequence[Key[Record]], writes: Sequence[Write]) -> None:
        """Read the keys in one request and write in another."""

    async def open_chat(self, uid: str, session_id: str, turns: int) -> None:
        """Read a session and its latest turns, both at once."""

    async def list_sessions(self, uid: str, count: int) -> None:
        """Read a profile and the latest sessions, both at once."""

    async def take_marks(self, at_once: int) -> None:
        """Make the requests of an exporter and no others: for page after page, read the marks, read the
        records that they name in one request, and delete the marks."""

    def listen(
        self, uid: str, session_id: str, heard: Callable[[str], None]
    ) -> AbstractAsyncContextManager[None]:
        """Call `heard` with the id of the latest turn of a session, again and again."""

    async def close(self) -> None:
        """Release connections."""


class RawStore:
    """The calls of the port, for a store that is itself a library."""

    listening = "a look every 5 ms"

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
            self._store.get([profile_key(uid)]),
            self._store.list_session_rows(uid, Window(count + 1)),
        )

    async def take_marks(self, at_once: int) -> None:
        while marks := readable_records(await self._store.scan_marks(None, at_once)):
            await self._store.get(named(marks))
            await self._store.commit([Delete(mark_key(mark.uid, mark.mark_id)) for mark in marks])

    @asynccontextmanager
    async def listen(
        self, uid: str, session_id: str, heard: Callable[[str], None]
    ) -> AsyncIterator[None]:
        async def look() -> None:
            while True:
                turns = conversations_of(uid, session_id)
                for changed in await self._store.list_changed(turns, Window(1, from_end=True)):
                    heard(changed.at[1])
                await asyncio.sleep(LOOK_SECONDS)

        looking = asyncio.create_task(look())
        try:
            yield
        finally:
            looking.cancel()

    async def close(self) -> None:
        """The store belongs to the API."""
