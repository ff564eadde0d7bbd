"""The exporter's rows equal the records of the store."""

import asyncio
from typing import Any

import pytest

from analytics.mirror import passes
from analytics.mirror.exporter import Exporter
from stores.keys import Key, erasure_key, profile_key, session_key, trash_key
from stores.mirror_records import Change, Erasure
from stores.ports import Create, Delete, Store, Update, Window, Write
from tests.faults.comparison import expected
from tests.integration.mirror.exporter_pairs import (
    T0,
    TURNS,
    USERS,
    Pair,
    commit,
    of_session,
    of_turn,
    opened,
    session_of,
    shown,
    turn_of,
)

pytest_plugins = ["tests.integration.mirror.exporter_fixtures"]


async def held(store: Store) -> dict[str, list[dict[str, Any]]]:
    """The rows that the views should show, read from the lists of the store."""
    rows: list[tuple[str, dict[str, Any]]] = []
    for uid in USERS:
        keys: list[Key[Any]] = [profile_key(uid), trash_key(uid, "trashed")]
        found = await store.get(keys)
        trashed = found.get(trash_key(uid, "trashed"))
        assert trashed is not None
        live = await store.list_sessions(uid, Window(limit=100))
        turns = [
            turn
            for session in live
            for turn in await store.list_conversations(uid, session.session_id, Window(limit=100))
        ]
        view = expected(uid, found.get(profile_key(uid)), live, [trashed], turns)
        rows += [(name, row) for (name, *_), row in view.items()]
    by_view = {
        "profiles": ("user_preferences", "uid"),
        "sessions": ("user_sessions", "uid", "created_at"),
        "turns": ("conversation_history", "uid", "timestamp", "session_id", "conversation_id"),
    }
    return {
        kind: sorted(
            (row for of_view, row in rows if of_view == name),
            key=lambda row: tuple(row[column] for column in order),
        )
        for kind, (name, *order) in by_view.items()
    }


async def test_the_views_equal_the_store_field_for_field(pair: Pair) -> None:
    async with opened(pair) as (store, warehouse):
        exported = await Exporter(store, warehouse).drain()
        assert exported == 2 * (1 + 3 * (TURNS + 1) + 6 + 1)
        assert await shown(warehouse) == await held(store)
        assert await store.scan_marks(None, 10) == []
        assert await Exporter(store, warehouse).drain() == 0


async def test_an_undeleted_session_shows_its_turns_again(pair: Pair) -> None:
    async with opened(pair) as (store, warehouse):
        await Exporter(store, warehouse).drain()
        before = await shown(warehouse)
        for uid in USERS:
            back = (await store.get([trash_key(uid, "trashed")])).get(trash_key(uid, "trashed"))
            assert back is not None
            live = session_key(uid, "trashed")
            move: list[Write] = [
                Delete(trash_key(uid, "trashed")),
                Create(live, back.model_copy(update={"deleted_at": None})),
            ]
            await commit(store, uid, move, [of_session(back)])
        await Exporter(store, warehouse).drain()
        after = await shown(warehouse)
    assert len(before["turns"]) == 2 * (TURNS - 2 + TURNS)
    assert len(after["turns"]) == 2 * (TURNS - 2 + TURNS + TURNS)
    assert {row["status"] for row in after["sessions"]} == {"active"}


async def test_two_exporters_at_once_end_at_the_same_rows(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passes, "MARKS_AT_ONCE", 20)
    async with opened(pair) as (store, warehouse):
        await asyncio.gather(*(Exporter(store, warehouse).drain() for _ in range(2)))
        assert await shown(warehouse) == await held(store)
        assert await store.scan_marks(None, 10) == []


async def test_changes_during_a_pass_are_mirrored_too(pair: Pair) -> None:
    async with opened(pair) as (store, warehouse):

        async def rename() -> None:
            for n in range(20):
                changed = session_of(f"new-{n}")
                await commit(
                    store,
                    "anna",
                    [Create(session_key("anna", f"new-{n}"), changed)],
                    [of_session(changed)],
                )

        await asyncio.gather(rename(), Exporter(store, warehouse).drain())
        await Exporter(store, warehouse).drain()
        titles = {row["title"] for row in (await shown(warehouse))["sessions"]}
    assert {f"About new-{n}" for n in range(20)} <= titles


async def test_a_mark_of_what_never_was_ends_as_a_tombstone(pair: Pair) -> None:
    async with opened(pair) as (store, warehouse):
        await commit(store, "anna", [], [of_session(session_of("nothing"))])
        await Exporter(store, warehouse).drain()
        ids = {row["session_id"] for row in (await shown(warehouse))["sessions"]}
        assert await store.scan_marks(None, 10) == []
    assert ids == {"kept", "trashed", "made-to-stay"}


async def test_a_mark_that_names_a_temporary_session_mirrors_nothing_of_it(pair: Pair) -> None:
    temporary, turn = session_of("temporary"), turn_of("anna", "temporary", 1)
    async with opened(pair) as (store, warehouse):
        await commit(store, "anna", [], [of_session(temporary), of_turn(turn)])
        tree = Change(kind="subtree", session_id="temporary", at=temporary.created_at)
        await commit(store, "anna", [], [tree])
        await Exporter(store, warehouse).drain()
        assert await shown(warehouse) == await held(store)
        assert await store.scan_marks(None, 1) == []


async def test_a_user_being_erased_is_not_mirrored_and_starts_again_afterwards(
    pair: Pair,
) -> None:
    erasure = erasure_key("anna")
    async with opened(pair) as (store, warehouse):
        await store.commit([Create(erasure, Erasure(started_at=T0))])
        await Exporter(store, warehouse).drain()
        rows = await shown(warehouse)
        assert {row["uid"] for view in rows.values() for row in view} == {"bert"}
        assert await store.scan_marks(None, 1) == []

        await store.commit([Update(erasure, set={"finished_at": T0 + 1})])
        again = session_of("again")
        await commit(
            store, "anna", [Create(session_key("anna", "again"), again)], [of_session(again)]
        )
        await Exporter(store, warehouse).drain()
        mine = [row for row in (await shown(warehouse))["sessions"] if row["uid"] == "anna"]
    assert [row["session_id"] for row in mine] == ["again"]
