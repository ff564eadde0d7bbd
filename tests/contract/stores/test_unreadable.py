"""A record that was changed by hand, or written by another version, does not keep other records from
being read, and its text is in no message."""

import traceback
from pathlib import Path
from typing import Any

import pytest

from stores.errors import Unreadable
from stores.keys import (
    AFTER_IDS,
    BEFORE_IDS,
    Key,
    conversation_key,
    conversations_of,
    dead_letter_key,
    erasure_key,
    mark_key,
    profile_key,
    session_key,
)
from stores.mirror_records import Change, DeadLetter, Erasure, ExportMark
from stores.ports import ALL_SESSIONS, Create, Delete, Snapshot, Store, Update, Window, Write
from stores.records import Conversation, Profile, Record, Session
from stores.sqlite.store import SQLiteStore
from tests.contract.records import append, create_mark, create_session, mark, turn
from tests.damaged_records import SECRET, damage, damage_text

TURN = conversation_key("u", "s", "bad")
ALL = Window(10)


def complaint(error: Unreadable) -> str:
    """The error's message; checks that the record's text is not even in the error's traceback."""
    shown = "".join(traceback.format_exception(error)) + repr(error) + repr(error.args)
    assert SECRET not in shown
    return str(error)


async def turns(store: Store) -> None:
    """Three turns, the second of which can't be read."""
    await store.commit([create_session()])
    for name in ("a", "bad", "z"):
        await store.commit(append(name))
    await damage(store, TURN, query=7, feedback={"score": 4, "comment": SECRET}, recorded_at=...)


@pytest.mark.parametrize(
    ("key", "record", "values", "faults"),
    [
        (TURN, turn("bad"), {"timestamp": SECRET}, "timestamp: int_parsing"),
        (TURN, turn("bad"), {"recorded_at": ...}, "recorded_at: missing"),
        (TURN, turn("bad"), {"metadata": f'{{"{SECRET}'}, "metadata: dict_type"),
        (TURN, turn("bad"), {"citations": {SECRET: 1}}, "citations: list_type"),
        (TURN, turn("bad"), {"metadata": "[" * 100_000}, "metadata: dict_type"),
        (TURN, turn("bad"), {"metadata": '{"a": "\\uD800"}'}, "metadata: dict_type"),
        (TURN, turn("bad"), {"timestamp": 2**62}, "timestamp: less_than_equal"),
        (TURN, turn("bad"), {"recorded_at": -1}, "recorded_at: greater_than_equal"),
        (TURN, turn("bad"), {"session_id": "s" * 65}, "session_id: string_too_long"),
        (session_key("u", "s"), create_session().record, {"tags": ["t"] * 21}, "tags: too_long"),
        (
            profile_key("u"),
            Profile(created_at=1),
            {"preferences": {SECRET: 1, "ui_settings": {"theme": SECRET}}},
            "preferences.ui_settings.theme: literal_error, preferences: extra_forbidden",
        ),
        (
            session_key("u", "s"),
            create_session().record,
            {"status": SECRET, "tags": ["a", {SECRET: 1}]},
            "tags.1: string_type, status: literal_error",
        ),
        (
            profile_key("u"),
            Profile(created_at=1),
            {"preferences": {"privacy_settings": {"data_retention_days": 0}}},
            "preferences.privacy_settings.data_retention_days: greater_than_equal",
        ),
        (erasure_key("u"), Erasure(started_at=1), {"started_at": [SECRET]}, "started_at: int_type"),
        (mark_key("u", "m"), mark("m"), {"changes": [{"at": SECRET}]}, "changes.0.kind: missing"),
    ],
)
async def test_what_is_wrong_is_named_by_place_and_field_without_a_value(
    store: Store, key: Key[Record], record: Record, values: dict[str, Any], faults: str
) -> None:
    await store.commit([Create(key, record)])
    await damage(store, key, **values)
    found = await store.get([key])
    with pytest.raises(Unreadable) as raised:
        found.get(key)
    said = complaint(raised.value)
    assert said.startswith(f"{'/'.join(key.path)} can't be read (")
    assert faults in said
    assert raised.value.key == key
    assert raised.value.update_time >= record.update_time


async def test_what_is_read_beside_it_is_there(store: Store) -> None:
    await turns(store)
    other, none = conversation_key("u", "s", "a"), conversation_key("u", "s", "none")
    found = await store.get([TURN, other, none])
    assert isinstance(found.entry(TURN), Unreadable)
    assert (read := found.get(other)) is not None
    assert read.conversation_id == "a"
    assert found.get(none) is None


async def test_a_list_with_it_says_which_it_is(store: Store) -> None:
    await turns(store)
    for listed in (
        store.list_conversations("u", "s", ALL),
        store.take_conversations("u", "s", ALL, 10**6),
        store.list_changed(conversations_of("u", "s"), ALL),
    ):
        with pytest.raises(Unreadable, match="users/u/sessions/s/conversations/bad ") as raised:
            await listed
        complaint(raised.value)
    await damage(store, session_key("u", "s"), touched_at=SECRET)
    with pytest.raises(Unreadable, match="touched_at: int_parsing"):
        await store.list_sessions("u", ALL, ALL_SESSIONS)


async def test_a_scan_goes_past_it_and_tells_of_it(store: Store) -> None:
    await turns(store)
    await store.commit([create_session("t"), *append("c", "t")])
    first = await store.scan(Conversation, None, 2)
    assert [key.id for key, _ in first] == ["a", "bad"]
    assert isinstance(first[1][1], Unreadable)
    rest = await store.scan(Conversation, first[1][0], 10)
    assert [(key.id, isinstance(entry, Conversation)) for key, entry in rest] == [
        ("z", True),
        ("c", True),
    ]
    of_session = await store.scan(
        Conversation,
        conversation_key("u", "s", BEFORE_IDS),
        10,
        until=conversation_key("u", "s", AFTER_IDS),
    )
    assert [key.id for key, _ in of_session] == ["a", "bad", "z"]


async def test_each_kind_that_is_scanned_may_have_one(store: Store) -> None:
    letter = DeadLetter(change=Change(kind="profile", at=1), marked_at=1, reason="r", since=1)
    records: list[tuple[Key[Any], Record, dict[str, Any]]] = [
        (profile_key("u"), Profile(created_at=1), {"created_at": SECRET}),
        (erasure_key("u"), Erasure(started_at=1), {"started_at": SECRET}),
        (session_key("u", "s"), create_session().record, {"pinned": SECRET}),
        (dead_letter_key("u", "d"), letter, {"change": SECRET}),
    ]
    await store.commit([Create(key, record) for key, record, _ in records])
    for key, _, values in records:
        await damage(store, key, **values)
        ((place, entry),) = await store.scan(key.kind, None, 10)
        assert place == key
        assert isinstance(entry, Unreadable)
        complaint(entry)
    (listed,) = await store.list_dead_letters("u", 10)
    assert isinstance(listed, Unreadable)


async def test_marks_are_scanned_past_one_that_names_nothing(store: Store) -> None:
    await store.commit([create_mark(name) for name in "abc"])
    await damage(store, mark_key("u", "b"), changes=SECRET, uid="somebody")
    a, b, c = await store.scan_marks(None, 10)
    assert isinstance(a, ExportMark)
    assert isinstance(c, ExportMark)
    assert isinstance(b, Unreadable)
    assert b.key == mark_key("u", "b")
    assert await store.scan_marks(mark_key("u", "b"), 10) == [c]
    listed = await store.list_marks("u", 10)
    assert [each.update_time for each in listed if isinstance(each, Unreadable)] == [b.update_time]


async def test_a_transaction_that_needs_it_writes_nothing_and_another_one_does(
    store: Store,
) -> None:
    await turns(store)
    title = Update(session_key("u", "s"), set={"custom_title": "T"})

    def needs(found: Snapshot) -> list[Write]:
        assert found.get(TURN) is not None
        return [title]

    with pytest.raises(Unreadable):
        await store.transact([TURN], needs)
    (session,) = await store.list_sessions("u", ALL)
    assert session.custom_title is None
    await store.transact([TURN], lambda found: [title])
    (session,) = await store.list_sessions("u", ALL)
    assert session.custom_title == "T"


async def test_a_blind_update_takes_what_is_no_number_as_absent(store: Store) -> None:
    await store.commit([create_session()])
    key = session_key("u", "s")
    await damage(store, key, conversation_count=SECRET, last_active=SECRET)
    await store.commit(
        [Update(key, increase={"conversation_count": 2}, raise_to={"last_active": 5})]
    )
    session = (await store.get([key])).get(key)
    assert session is not None
    assert (session.conversation_count, session.last_active) == (2, 5)


async def test_it_can_be_mended_deleted_or_made_anew_in_one_commit(store: Store) -> None:
    await turns(store)
    await damage(store, TURN, query="q", feedback=None, recorded_at=1)
    assert len(await store.list_conversations("u", "s", ALL)) == 3
    await damage(store, TURN, query=[SECRET])
    await store.commit([Delete(TURN), Create(TURN, turn("bad"))])
    assert len(await store.list_conversations("u", "s", ALL)) == 3
    await damage(store, TURN, query=[SECRET])
    await store.commit([Delete(TURN)])
    assert len(await store.list_conversations("u", "s", ALL)) == 2


async def test_a_user_whose_records_are_damaged_can_be_removed(store: Store) -> None:
    await turns(store)
    await store.commit([Create(profile_key("u"), Profile(created_at=1)), create_mark("m")])
    for key, values in (
        (profile_key("u"), {"created_at": SECRET}),
        (session_key("u", "s"), {"tags": SECRET}),
        (mark_key("u", "m"), {"changes": SECRET}),
    ):
        await damage(store, key, **values)
    removed = await store.delete_user("u")
    assert (removed["users"], removed["sessions"], removed["conversations"]) == (1, 1, 3)
    assert await store.scan(Conversation, None, 10) == []
    assert await store.scan(Profile, None, 10) == []


@pytest.mark.parametrize("text", [f'["{SECRET}"]', "7", "null"])
async def test_sqlite_reads_past_a_record_that_has_no_fields(tmp_path: Path, text: str) -> None:
    store = await SQLiteStore.open(tmp_path / "store.sqlite")
    await store.commit([Create(profile_key(uid), Profile(created_at=1)) for uid in "ab"])
    key = profile_key("a")
    await damage_text(store, key, text)
    (_, bad), (_, good) = await store.scan(Profile, None, 10)
    assert isinstance(bad, Unreadable)
    assert "no fields" in complaint(bad)
    assert isinstance(good, Profile)
    with pytest.raises(Unreadable):
        await store.commit([Update(key, set={"email": "e"})])
    await store.delete_user("a")
    assert len(await store.scan(Profile, None, 10)) == 1
    await store.close()


async def test_a_session_that_is_damaged_is_still_a_session(store: Store) -> None:
    await store.commit([create_session(name) for name in "abc"])
    await damage(store, session_key("u", "b"), preferences=SECRET)
    found = await store.scan(Session, None, 10)
    assert [(key.id, isinstance(entry, Session)) for key, entry in found] == [
        ("a", True),
        ("b", False),
        ("c", True),
    ]
