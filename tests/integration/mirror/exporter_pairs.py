"""The two pairs of store and warehouse, opened here or in another process, and their data."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from analytics.warehouse.port import Warehouse
from stores.choices import PreferenceOverrides
from stores.keys import conversation_key, mark_key, profile_key, session_key, trash_key
from stores.mirror_records import Change, ExportMark
from stores.ports import Create, Delete, Store, Update, Write
from stores.records import Conversation, Profile, Session

if TYPE_CHECKING:
    from tests.emulators.bigquery import BigQueryDataset

T0 = 1_767_225_600_000_000
ALWAYS = {"since": 0, "until": 4 * T0}
USERS = ("anna", "bert")
TURNS = 8
"""Turns of each session."""


@dataclass(frozen=True)
class Pair:
    """One pair: a folder for SQLite and DuckDB, or a project of the emulators.

    Libraries are loaded when they are used: a process that kills itself is started often.
    """

    folder: str = ""
    project: str = ""
    dataset: str = ""
    endpoint: str = ""
    grpc_endpoint: str = ""

    async def open_store(self) -> Store:
        if self.folder:
            from stores.sqlite.store import SQLiteStore

            return await SQLiteStore.open(Path(self.folder) / "store.sqlite")
        from stores.firestore.store import FirestoreStore

        return FirestoreStore(self.project)

    def open_warehouse(self) -> Warehouse:
        if self.folder:
            from analytics.warehouse.duckdb.warehouse import DuckDBWarehouse

            return DuckDBWarehouse(Path(self.folder) / "warehouse.duckdb")
        from analytics.warehouse.bigquery.warehouse import BigQueryWarehouse

        return BigQueryWarehouse(
            self.project,
            self.dataset,
            endpoint=self.endpoint,
            grpc_endpoint=self.grpc_endpoint,
        )

    @classmethod
    def of(cls, project: str, dataset: "BigQueryDataset") -> "Pair":
        return cls(
            project=project,
            dataset=dataset.dataset,
            endpoint=dataset.endpoint,
            grpc_endpoint=dataset.grpc_endpoint,
        )


@asynccontextmanager
async def opened(pair: Pair) -> AsyncIterator[tuple[Store, Warehouse]]:
    """Store and warehouse of a pair, the latter initialised; closed at the end."""
    store, warehouse = await pair.open_store(), pair.open_warehouse()
    try:
        await warehouse.init()
        yield store, warehouse
    finally:
        await warehouse.close()
        await store.close()


def turn_of(uid: str, session_id: str, n: int) -> Conversation:
    return Conversation(
        session_id=session_id,
        conversation_id=f"c{n:02}",
        query=f"{uid} asks '{n}'? 天気\n\"quoted\" \0 🙂",
        response=None if n == 3 else f"Answer {n}",
        timestamp=T0 + n * 60_000_001,
        recorded_at=T0 + n * 60_000_001 + 17,
        response_time_ms=n * 10,
        **({"model": f"m{n}", "input_tokens": n, "output_tokens": 0} if n % 2 else {}),
        finish_reason="stop" if n % 3 else None,
        first_token_ms=n or None,
        citations=[{"title": f"Source {n}", "pages": [n, None]}] if n % 2 else [],
        metadata={"n": n, "nested": {"x": [1.5, True]}} if n % 3 else {},
        fingerprint="f",
    )


def session_of(session_id: str) -> Session:
    return Session(
        session_id=session_id,
        custom_title="Größe & Maß" if session_id == "kept" else None,
        derived_title=f"About {session_id}",
        created_at=T0 + len(session_id),
        last_active=T0 + len(session_id),
        touched_at=T0,
        oldest_turn_at=T0,
        metadata={"colour": "blue"},
        tags=["a", "b c"],
    )


async def fill(store: Store) -> None:
    """Two users with sessions, turns, changes, a session in the trash and things deleted."""
    await asyncio.gather(*(_fill_user(store, uid) for uid in USERS))


async def _fill_user(store: Store, uid: str) -> None:
    profile = Profile(email=f"{uid}@example.com", created_at=T0 + 1)
    await commit(store, uid, [Create(profile_key(uid), profile)], [of_profile(profile)])
    for session_id in ("kept", "trashed", "purged"):
        await _fill_session(store, uid, session_of(session_id))
    await _change(store, uid)
    for session_id in ("made-to-stay", "temporary"):
        await _fill_temporary(store, uid, session_id)
    stays = session_of("made-to-stay")
    keep = Update(session_key(uid, stays.session_id), set={"temporary": False})
    tree = Change(kind="subtree", session_id=stays.session_id, at=stays.created_at)
    await commit(store, uid, [keep], [tree])


async def _fill_session(store: Store, uid: str, session: Session) -> None:
    key = session_key(uid, session.session_id)
    await commit(store, uid, [Create(key, session)], [of_session(session)])
    for n in range(TURNS):
        turn = turn_of(uid, session.session_id, n)
        add = Create(conversation_key(uid, session.session_id, turn.conversation_id), turn)
        count = Update(
            key, increase={"conversation_count": 1}, raise_to={"last_active": turn.timestamp}
        )
        await commit(store, uid, [add, count], [of_session(session), of_turn(turn)])


async def _fill_temporary(store: Store, uid: str, session_id: str) -> None:
    """A temporary session, which no mark names while it is temporary."""
    session = session_of(session_id).model_copy(
        update={"temporary": True, "conversation_count": TURNS}
    )
    turns = [turn_of(uid, session_id, n) for n in range(TURNS)]
    writes: list[Write] = [Create(session_key(uid, session_id), session)]
    writes += [Create(conversation_key(uid, session_id, t.conversation_id), t) for t in turns]
    await store.commit(writes)


async def _change(store: Store, uid: str) -> None:
    """Later actions of users: rate, choose, delete."""
    rated, gone = turn_of(uid, "kept", 5), turn_of(uid, "kept", 6)
    rate = Update(
        conversation_key(uid, "kept", rated.conversation_id),
        set={"feedback": {"score": 1, "comment": "good \0 'one'"}},
    )
    await commit(store, uid, [rate], [of_turn(rated)])
    drop = Delete(conversation_key(uid, "kept", gone.conversation_id))
    await commit(store, uid, [drop], [forgotten(of_turn(gone))])
    stub = turn_of(uid, "kept", 7)
    empty = Update(
        conversation_key(uid, "kept", stub.conversation_id),
        set={"deleted_at": T0, "query": None, "response": None, "citations": [], "metadata": {}},
    )
    await commit(store, uid, [empty], [forgotten(of_turn(stub))])

    choice = PreferenceOverrides(response_style="concise")
    chosen = Update(profile_key(uid), set={"preferences": choice.model_dump(exclude_none=True)})
    await commit(store, uid, [chosen], [Change(kind="profile", at=T0 + 1)])

    trashed, purged = session_of("trashed"), session_of("purged")
    move: list[Write] = [
        Delete(session_key(uid, "trashed")),
        Create(trash_key(uid, "trashed"), trashed.model_copy(update={"deleted_at": T0})),
    ]
    await commit(store, uid, move, [of_session(trashed)])
    turns = [turn_of(uid, "purged", n) for n in range(TURNS)]
    purge: list[Write] = [
        Delete(conversation_key(uid, "purged", turn.conversation_id)) for turn in turns
    ]
    purge.append(Delete(session_key(uid, "purged")))
    changes = [of_session(purged), *map(of_turn, turns)]
    await commit(store, uid, purge, list(map(forgotten, changes)))


async def commit(store: Store, uid: str, writes: Sequence[Write], changes: list[Change]) -> None:
    """Commit writes with their export mark, as the API does."""
    mark = ExportMark(uid=uid, mark_id=uuid4().hex, changes=changes)
    await store.commit([*writes, Create(mark_key(uid, mark.mark_id), mark)])


def of_profile(profile: Profile) -> Change:
    return Change(kind="profile", at=profile.created_at)


def of_session(session: Session) -> Change:
    return Change(kind="session", session_id=session.session_id, at=session.created_at)


def of_turn(turn: Conversation) -> Change:
    return Change(
        kind="conversation",
        session_id=turn.session_id,
        conversation_id=turn.conversation_id,
        at=turn.timestamp,
    )


def forgotten(change: Change) -> Change:
    return change.model_copy(update={"forget": True})


async def shown(warehouse: Warehouse) -> dict[str, list[dict[str, Any]]]:
    """Everything that the views show for all users, with JSON parsed, in a fixed order."""
    views: dict[str, list[dict[str, Any]]] = {"profiles": [], "sessions": [], "turns": []}
    for uid in USERS:
        views["profiles"] += await warehouse.query("user_preferences", {"uid": uid})
        views["sessions"] += await warehouse.query("user_sessions", {"uid": uid, **ALWAYS})
        views["turns"] += await warehouse.query("conversation_history", {"uid": uid, **ALWAYS})
    for rows in views.values():
        for row in rows:
            for column in row.keys() & {"preferences", "metadata", "tags", "citations"}:
                row[column] = json.loads(row[column]) if row[column] is not None else None
    return views
