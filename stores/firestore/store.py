"""The production store: Firestore in native mode."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from sys import maxsize
from typing import TypeVar

from google.api_core.exceptions import (
    AlreadyExists,
    FailedPrecondition,
    NotFound,
)
from google.cloud import firestore

from stores.bulk import Stored
from stores.documents import checked, scanned_collection, stored_fields
from stores.firestore.commits import CHANGED_AT, committed, landed
from stores.firestore.queries import (
    due_query,
    everything_query,
    page,
    scan_query,
    sessions_query,
)
from stores.firestore.reads import Document, entry, records, run, snapshot
from stores.firestore.retries import (
    PATIENCE_SECONDS,
    REFUSED,
    REQUEST_SECONDS,
    SCAN_SECONDS,
    UNANSWERED,
    errors_of_commits,
    errors_of_service,
    retry_on,
)
from stores.firestore.transactions import transact
from stores.firestore.watch import Listener
from stores.firestore.writes import add, stamp
from stores.keys import Collection, Key, R, conversations_of, profile_key
from stores.mirror_records import DeadLetter, ExportMark
from stores.ports import (
    ALL_SESSIONS,
    Changed,
    Committed,
    ConversationOrder,
    Create,
    Delete,
    Due,
    DueTime,
    Entry,
    Plan,
    Portion,
    Position,
    SessionQuery,
    Snapshot,
    Wake,
    Window,
    Write,
)
from stores.records import Conversation, Profile, Record, Session, SessionListRow

T = TypeVar("T")

PAST_KEPT, RECOVERABLE = timedelta(hours=1), timedelta(days=7)
"""How long earlier states can be read, without and with point-in-time recovery:
https://cloud.google.com/firestore/docs/pitr."""
_BATCH = 250


class FirestoreStore:
    """A `Store` in a Firestore database.

    If FIRESTORE_EMULATOR_HOST is set it uses that emulator, without credentials.
    """

    def __init__(self, project: str, database: str = "(default)") -> None:
        self._client = firestore.AsyncClient(project=project, database=database)
        self._listener = Listener(self._client)

    async def get(self, keys: Sequence[Key[Record]]) -> Snapshot:
        """See `Store.get`; one BatchGetDocuments."""
        return await self._read(lambda: snapshot(self._client, keys, REQUEST_SECONDS))

    async def commit(self, writes: Sequence[Write]) -> Committed:
        """See `Store.commit`; one Commit, retried only if that can't count anything twice.

        A commit with a create in it can't be written twice, and repeating a delete does no harm.
        """
        repeatable = any(isinstance(write, Create) for write in writes) or all(
            isinstance(write, Delete) for write in writes
        )
        failures: list[Exception] = []
        retry = retry_on(UNANSWERED if repeatable else REFUSED)
        batch = self._client.batch()
        for write in writes:
            add(self._client, batch, write)
        async with errors_of_commits():
            try:
                await retry(batch.commit, failures.append)(retry=None, timeout=REQUEST_SECONDS)
            except (AlreadyExists, NotFound, FailedPrecondition):
                keys = [write.key for write in writes]
                if failures and (earlier := landed(writes, await self.get(keys))):
                    return earlier
                raise
        return committed(batch, writes)

    async def transact(self, keys: Sequence[Key[Record]], plan: Plan) -> Committed:
        """See `Store.transact`; three requests unless there is contention."""
        async with errors_of_commits(), asyncio.timeout(PATIENCE_SECONDS):
            return await retry_on(REFUSED)(transact)(self._client, keys, plan, REQUEST_SECONDS)

    async def list_sessions(
        self, uid: str, window: Window, query: SessionQuery = ALL_SESSIONS
    ) -> Sequence[Session]:
        """See `Store.list_sessions`; one RunQuery."""
        sessions = sessions_query(self._client, uid, window, query)
        return records(Session, await self._documents(sessions), window)

    async def list_session_rows(
        self, uid: str, window: Window, query: SessionQuery = ALL_SESSIONS
    ) -> Sequence[SessionListRow]:
        """See `Store.list_session_rows`; one RunQuery with a field mask."""
        rows = sessions_query(self._client, uid, window, query).select(
            stored_fields(SessionListRow)
        )
        return records(SessionListRow, await self._documents(rows), window)

    async def list_conversations(
        self, uid: str, session_id: str, window: Window, order: ConversationOrder = "timestamp"
    ) -> Sequence[Conversation]:
        """See `Store.list_conversations`; one RunQuery."""
        return (await self.take_conversations(uid, session_id, window, maxsize, order)).records

    async def take_conversations(
        self,
        uid: str,
        session_id: str,
        window: Window,
        size: int,
        order: ConversationOrder = "timestamp",
    ) -> Portion[Conversation]:
        """See `Store.take_conversations`; one RunQuery."""
        path = conversations_of(uid, session_id).path
        query = page(self._client, path, order, window, descending=False)
        found = await self._documents(query, size=size)
        taken = sum(each.size for each in found)
        turns = records(Conversation, found, window)
        return Portion(turns, taken >= size or len(found) == window.limit, taken)

    async def list_changed(self, collection: Collection[R], window: Window) -> Sequence[Changed[R]]:
        """See `Store.list_changed`; one RunQuery."""
        query = page(self._client, collection.path, CHANGED_AT, window, descending=False)
        found = await self._documents(query)
        positions = [(each.fields[CHANGED_AT], each.path[-1]) for each in found]
        changed = records(collection.kind, found, window)
        return [*map(Changed, positions[::-1] if window.from_end else positions, changed)]

    async def list_due(
        self, time: DueTime, until: int, after: Position | None, limit: int
    ) -> Sequence[Due]:
        """See `Store.list_due`; one RunQuery."""
        query = due_query(self._client, time, until, after, limit)
        found = await self._documents(query)
        return [Due((each.fields[time], each.path[-1]), entry(Profile, each)) for each in found]

    async def list_marks(self, uid: str, limit: int) -> Sequence[Entry[ExportMark]]:
        """See `Store.list_marks`; one RunQuery."""
        marks = self._client.collection(*checked(("users", uid, "marks")))
        return await self._entries(ExportMark, marks.limit(limit))

    async def list_dead_letters(self, uid: str, limit: int) -> Sequence[Entry[DeadLetter]]:
        """See `Store.list_dead_letters`; one RunQuery."""
        letters = self._client.collection(*checked(("users", uid, "dead_letters")))
        return await self._entries(DeadLetter, letters.limit(limit))

    async def scan_marks(
        self, after: Key[ExportMark] | None, limit: int, until: Key[ExportMark] | None = None
    ) -> Sequence[Entry[ExportMark]]:
        """See `Store.scan_marks`; one RunQuery over the collection group."""
        query = scan_query(self._client, "marks", after, limit, until)
        return await self._entries(ExportMark, query)

    async def scan(
        self,
        kind: type[R],
        after: Key[R] | None,
        limit: int,
        *,
        until: Key[R] | None = None,
        trash: bool = False,
        size: int | None = None,
    ) -> Sequence[tuple[Key[R], Entry[R]]]:
        """See `Store.scan`; one RunQuery."""
        query = scan_query(self._client, scanned_collection(kind, trash), after, limit, until)
        found = await self._documents(query, SCAN_SECONDS, size)
        return [(Key(kind, each.path), entry(kind, each)) for each in found]

    async def read_all(
        self, after: tuple[str, ...] | None, limit: int, size: int
    ) -> Sequence[Stored]:
        """See `BulkStore.read_all`; one RunQuery."""
        query = everything_query(self._client, after, limit)
        found = await self._documents(query, SCAN_SECONDS, size)
        return [
            Stored(
                each.path,
                {name: value for name, value in each.fields.items() if name != CHANGED_AT},
            )
            for each in found
        ]

    async def put_all(self, documents: Sequence[Stored], writes: Sequence[Write]) -> None:
        """See `BulkStore.put_all`; one Commit."""
        batch = self._client.batch()
        for document in documents:
            reference = self._client.document(*checked(document.path))
            batch.set(reference, {**document.fields, **stamp(document.path)})
        for write in writes:
            add(self._client, batch, write)
        async with errors_of_commits():
            await retry_on(REFUSED)(batch.commit)(retry=None, timeout=SCAN_SECONDS)

    async def delete_user(self, uid: str) -> Mapping[str, int]:
        """See `Store.delete_user`; a RunQuery and a Commit for every 250 records.

        The summaries are removed first. After that, appends fail with `RecordMissing`.
        """
        profile = profile_key(uid)
        user = checked(profile.path)
        removed: Counter[str] = Counter()
        if (await self.get([profile])).entry(profile):
            await self.commit([Delete(profile)])
            removed["users"] += 1
        summaries = self._client.collection(*user, "sessions")
        # A recursive query of a collection without a name finds everything below a document,
        # including what lies below missing documents.
        everything = firestore.AsyncCollectionReference(*user, "", client=self._client)
        for query in (summaries.limit(_BATCH), everything.recursive().limit(_BATCH)):
            while found := await self._documents(query.select([])):
                keys = [Key(Record, each.path) for each in found]
                await self.commit([Delete(key) for key in keys])
                removed.update(key.path[-2] for key in keys)
        return removed

    def remains(self) -> str:
        """See `Store.remains`."""
        now = datetime.now(UTC)
        return (
            "Operators can still read deleted data in Firestore until "
            f"{now + PAST_KEPT:%Y-%m-%d %H:%M} UTC or, if point-in-time recovery is switched on, "
            f"until {now + RECOVERABLE:%Y-%m-%d %H:%M} UTC. Backups keep it for as long as they "
            "were made for."
        )

    def watch(self, uid: str | None, wake: Wake) -> AbstractAsyncContextManager[None]:
        """See `Store.watch`; all watched data shares one Listen stream."""
        return self._listener.watch(uid, wake)

    async def ping(self) -> None:
        """See `Store.ping`."""
        await self.get([profile_key("ping")])

    async def close(self) -> None:
        """See `Store.close`."""
        await self._listener.close()
        await self._client._firestore_api.transport.close()

    async def _read(self, request: Callable[[], Awaitable[T]]) -> T:
        async with errors_of_service():
            return await retry_on(UNANSWERED)(request)()

    async def _entries(self, kind: type[R], query: firestore.AsyncQuery) -> Sequence[Entry[R]]:
        return [entry(kind, document) for document in await self._documents(query)]

    async def _documents(
        self, query: firestore.AsyncQuery, seconds: float | None = None, size: int | None = None
    ) -> Sequence[Document]:
        return await self._read(lambda: run(self._client, query, seconds or REQUEST_SECONDS, size))
