"""Counts the calls and requests that an operation makes to a store."""

import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import grpc  # type: ignore[import-untyped]
import pytest

from stores.keys import Collection, Key, R
from stores.mirror_records import DeadLetter, ExportMark
from stores.ports import (
    ALL_SESSIONS,
    Changed,
    Committed,
    ConversationOrder,
    Entry,
    Plan,
    SessionQuery,
    Snapshot,
    Store,
    Wake,
    Window,
    Write,
)
from stores.records import Conversation, Record, Session, SessionListRow
from stores.sqlite.file import connect

Continuation: TypeAlias = Callable[[Any, Any], Awaitable[Any]]
Intercept: TypeAlias = Callable[[Continuation, Any, Any], Awaitable[Any]]


class CountingStore:
    """A store that passes every call on and records its name in `calls`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.calls: list[str] = []

    async def get(self, keys: Sequence[Key[Record]]) -> Snapshot:
        self.calls.append("get")
        return await self._store.get(keys)

    async def commit(self, writes: Sequence[Write]) -> Committed:
        self.calls.append("commit")
        return await self._store.commit(writes)

    async def transact(self, keys: Sequence[Key[Record]], plan: Plan) -> Committed:
        self.calls.append("transact")
        return await self._store.transact(keys, plan)

    async def list_sessions(
        self, uid: str, window: Window, query: SessionQuery = ALL_SESSIONS
    ) -> Sequence[Session]:
        self.calls.append("list_sessions")
        return await self._store.list_sessions(uid, window, query)

    async def list_session_rows(
        self, uid: str, window: Window, query: SessionQuery = ALL_SESSIONS
    ) -> Sequence[SessionListRow]:
        self.calls.append("list_session_rows")
        return await self._store.list_session_rows(uid, window, query)

    async def list_conversations(
        self, uid: str, session_id: str, window: Window, order: ConversationOrder = "timestamp"
    ) -> Sequence[Conversation]:
        self.calls.append("list_conversations")
        return await self._store.list_conversations(uid, session_id, window, order)

    async def list_changed(self, collection: Collection[R], window: Window) -> Sequence[Changed[R]]:
        self.calls.append("list_changed")
        return await self._store.list_changed(collection, window)

    async def list_marks(self, uid: str, limit: int) -> Sequence[Entry[ExportMark]]:
        self.calls.append("list_marks")
        return await self._store.list_marks(uid, limit)

    async def list_dead_letters(self, uid: str, limit: int) -> Sequence[Entry[DeadLetter]]:
        self.calls.append("list_dead_letters")
        return await self._store.list_dead_letters(uid, limit)

    async def scan_marks(
        self, after: Key[ExportMark] | None, limit: int, until: Key[ExportMark] | None = None
    ) -> Sequence[Entry[ExportMark]]:
        self.calls.append("scan_marks")
        return await self._store.scan_marks(after, limit, until)

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
        self.calls.append("scan")
        return await self._store.scan(kind, after, limit, until=until, trash=trash, size=size)

    async def delete_user(self, uid: str) -> Mapping[str, int]:
        self.calls.append("delete_user")
        return await self._store.delete_user(uid)

    def watch(self, uid: str | None, wake: Wake) -> AbstractAsyncContextManager[None]:
        self.calls.append("watch")
        return self._store.watch(uid, wake)

    async def ping(self) -> None:
        self.calls.append("ping")
        await self._store.ping()

    async def close(self) -> None:
        await self._store.close()


@dataclass
class FirestoreRPCs:
    """The requests sent to Firestore: names in `calls`, messages in `requests`."""

    calls: list[str] = field(default_factory=list)
    requests: list[Any] = field(default_factory=list)

    async def note(self, continuation: Continuation, details: Any, request: Any) -> Any:
        self.calls.append(details.method.decode().rpartition("/")[2])
        self.requests.append(request)
        return await continuation(details, request)


class Unary(grpc.aio.UnaryUnaryClientInterceptor):  # type: ignore[misc]
    """Calls a function in place of each request that has a single answer."""

    def __init__(self, intercept: Intercept) -> None:
        self._intercept = intercept

    async def intercept_unary_unary(
        self, continuation: Continuation, client_call_details: Any, request: Any
    ) -> Any:
        return await self._intercept(continuation, client_call_details, request)


class Streaming(grpc.aio.UnaryStreamClientInterceptor):  # type: ignore[misc]
    """Calls a function in place of each request that has a stream of answers."""

    def __init__(self, intercept: Intercept) -> None:
        self._intercept = intercept

    async def intercept_unary_stream(
        self, continuation: Continuation, client_call_details: Any, request: Any
    ) -> Any:
        return await self._intercept(continuation, client_call_details, request)


@contextmanager
def firestore_rpcs(*further: Unary | Streaming) -> Iterator[FirestoreRPCs]:
    """Count the requests of every FirestoreStore whose first request falls within the block.

    The `further` interceptors run between the counting and the network.
    """
    rpcs = FirestoreRPCs()
    real = grpc.aio.insecure_channel

    def insecure_channel(target: str, options: Any = None, interceptors: Any = ()) -> Any:
        first = [Unary(rpcs.note), Streaming(rpcs.note)]
        return real(target, options=options, interceptors=[*interceptors, *first, *further])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grpc.aio, "insecure_channel", insecure_channel)
        yield rpcs


@contextmanager
def sql_statements() -> Iterator[list[str]]:
    """The statements run on the connections that SQLiteStores open within the block, except the PRAGMAs
    that set up a connection or look for commits of other processes."""
    statements: list[str] = []

    def note(statement: str) -> None:
        if not statement.startswith("PRAGMA"):
            statements.append(statement)

    def traced(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        connection.set_trace_callback(note)
        return connection

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("stores.sqlite.store.connect", traced)
        yield statements
