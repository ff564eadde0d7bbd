"""The same calls by Google's own client."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from google.cloud import firestore

from bench.raw import named
from stores.documents import stored_fields, to_document
from stores.firestore.commits import CHANGED_AT
from stores.keys import Key, conversation_key, conversations_of, profile_key, session_key
from stores.mirror_records import ExportMark
from stores.ports import Create, Update, Write
from stores.records import Record, SessionListRow


class RawFirestore:
    """A Firestore client of its own on the API's database; see `Raw`."""

    listening = "on_snapshot"

    def __init__(self, project: str) -> None:
        self._client = firestore.AsyncClient(project=project)

    async def record(self, keys: Sequence[Key[Record]], writes: Sequence[Write]) -> None:
        await self._get(keys)
        batch = self._client.batch()
        for write in writes:
            reference = self._client.document(*write.key.path)
            match write:
                case Create():
                    batch.create(reference, to_document(write.record))
                case Update():
                    added = {name: firestore.Increment(n) for name, n in write.increase.items()}
                    raised = {name: firestore.Maximum(n) for name, n in write.raise_to.items()}
                    batch.update(reference, {**write.set, **added, **raised})
                case _:
                    raise TypeError(f"{write} can't be replayed")
        await batch.commit()

    async def open_chat(self, uid: str, session_id: str, turns: int) -> None:
        below = conversation_key(uid, session_id, "any").collection
        await asyncio.gather(
            self._get([profile_key(uid), session_key(uid, session_id)]),
            self._latest(self._client.collection(*below), "timestamp", turns),
        )

    async def list_sessions(self, uid: str, count: int) -> None:
        listed = firestore.FieldFilter("temporary", "==", False)
        sessions = self._client.collection("users", uid, "sessions")
        query = sessions.where(filter=listed).select(stored_fields(SessionListRow))
        await asyncio.gather(
            self._get([profile_key(uid)]), self._latest(query, "last_active", count)
        )

    async def take_marks(self, at_once: int) -> None:
        waiting = self._client.collection_group("marks").order_by("__name__").limit(at_once)
        while found := await waiting.get():
            marks = [ExportMark.model_validate(document.to_dict()) for document in found]
            await self._get(named(marks))
            batch = self._client.batch()
            for document in found:
                batch.delete(document.reference)
            await batch.commit()

    @asynccontextmanager
    async def listen(
        self, uid: str, session_id: str, heard: Callable[[str], None]
    ) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        first = asyncio.Event()

        def tell(documents: Sequence[Any], *_: object) -> None:
            loop.call_soon_threadsafe(first.set)
            for document in documents:
                loop.call_soon_threadsafe(heard, document.id)

        client: Any = firestore.Client(project=self._client.project)
        turns = client.collection(*conversations_of(uid, session_id).path)
        latest = turns.order_by(CHANGED_AT, direction="DESCENDING").limit(1)
        watch: Any = latest.on_snapshot(tell)
        await first.wait()
        try:
            yield
        finally:
            watch.unsubscribe()
            client.close()

    async def close(self) -> None:
        await self._client._firestore_api.transport.close()

    async def _get(self, keys: Sequence[Key[Record]]) -> None:
        references = [self._client.document(*key.path) for key in keys]
        async for document in self._client.get_all(references):
            document.to_dict()

    async def _latest(
        self,
        source: firestore.AsyncQuery | firestore.AsyncCollectionReference,
        order: str,
        count: int,
    ) -> None:
        latest = source.order_by(order, direction="DESCENDING")
        for document in await latest.limit(count + 1).get():
            document.to_dict()
