"""What the exporter mirrors equals what the store holds."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from analytics.mirror import passes
from analytics.mirror.exporter import Exporter
from analytics.topics.key_phrases import topics
from stores.keys import Key, erasure_key, profile_key, session_key, trash_key
from stores.mirror_records import Change, Erasure
from stores.ports import Create, Delete, Store, Update, Window, Write
from stores.records import Session
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


def moment(micros: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)


async def held(store: Store) -> dict[str, list[dict[str, Any]]]:
    """What the views ought to show, read from the store by its own lists."""
    views: dict[str, list[dict[str, Any]]] = {"profiles": [], "sessions": [], "turns": []}
    for uid in USERS:
        keys: list[Key[Any]] = [profile_key(uid), trash_key(uid, "trashed")]
        found = await store.get(keys)
        profile, trashed = found.get(profile_key(uid)), found.get(trash_key(uid, "trashed"))
        assert profile is not None
        assert trashed is not None
        views["profiles"].append(
            {
                "user_email": profile.email,
                "preferences": profile.preferences.model_dump(exclude_defaults=True),
                "uid": uid,
                "created_at": moment(profile.created_at),
                "change_seq": profile.update_time,
                "user_key": profile.user_key or None,
                "opted_in_at": None if profile.opted_in_at is None else moment(profile.opted_in_at),
            }
        )
        live = await store.list_sessions(uid, Window(limit=100))
        for session in sorted([*live, trashed], key=lambda session: session.created_at):
            views["sessions"].append(session_row(uid, session, deleted=session is trashed))
        for session in live:
            for turn in await store.list_conversations(uid, session.session_id, Window(limit=100)):
                if turn.deleted_at is not None:
                    continue
                views["turns"].append(
                    {
                        "conversation_id": turn.conversation_id,
                        "session_id": turn.session_id,
                        "user_email": profile.email,
                        "query": turn.query,
                        "response": turn.response,
                        "timestamp": moment(turn.timestamp),
                        "feedback_score": turn.feedback.score if turn.feedback else None,
                        "response_time_ms": turn.response_time_ms,
                        "uid": uid,
                        "recorded_at": moment(turn.recorded_at),
                        "feedback_comment": turn.feedback.comment if turn.feedback else None,
                        "citations": turn.citations,
                        "metadata": turn.metadata,
                        "model": turn.model,
                        "input_tokens": turn.input_tokens,
                        "output_tokens": turn.output_tokens,
                        "finish_reason": turn.finish_reason,
                        "first_token_ms": turn.first_token_ms,
                        "branch_id": turn.branch,
                        "replaces_conversation_id": turn.replaces,
                        "on_shown_path": True,
                        "topics": list(topics(turn.query)),
                        "answered": turn.answered,
                        "failed": turn.failed,
                        "text_saved": turn.text_saved,
                        "judged_at": None if turn.judged_at is None else moment(turn.judged_at),
                        "response_style": turn.response_style,
                        "language": turn.language,
                        "change_seq": turn.update_time,
                        "updated_at": moment(turn.update_time),
                    }
                )
    views["turns"].sort(
        key=lambda row: (row["uid"], row["timestamp"], row["session_id"], row["conversation_id"])
    )
    return views


def session_row(uid: str, session: Session, deleted: bool) -> dict[str, Any]:
    return {
        "session_id": session.session_id,
        "user_email": f"{uid}@example.com",
        "created_at": moment(session.created_at),
        "last_active": moment(session.last_active),
        "conversation_count": session.conversation_count,
        "preferences": {},
        "metadata": None if deleted else session.metadata,
        "status": "deleted" if deleted else session.status,
        "uid": uid,
        "title": None if deleted else session.title,
        "tags": None if deleted else session.tags,
        "change_seq": session.update_time,
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
