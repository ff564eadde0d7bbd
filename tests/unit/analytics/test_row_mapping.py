"""From records to rows, without a store or a warehouse."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import pytest

from analytics.mirror.row_mapping import doubtful, keys, missed, row, text_size
from analytics.topics.key_phrases import RULE
from analytics.warehouse.rows import ConversationRow, PreferencesRow, SessionRow
from stores.choices import PreferenceOverrides, SessionPreferenceOverrides, UISettings
from stores.keys import Key, conversation_key, erasure_key, profile_key, session_key, trash_key
from stores.mirror_records import Change, Erasure
from stores.ports import Snapshot
from stores.records import BRANCH_PLACES, Conversation, Feedback, Profile, Record, Session

PROFILE = Profile(
    email="anna@example.com",
    created_at=1,
    preferences=PreferenceOverrides(ui_settings=UISettings(show_citations=False)),
    user_key="k",
    opted_in_at=4,
    update_time=70,
)
SESSION = Session(
    session_id="s1",
    derived_title="What is Rain",
    created_at=2,
    last_active=3,
    touched_at=3,
    oldest_turn_at=2,
    conversation_count=4,
    preferences=SessionPreferenceOverrides(save_conversations=False),
    metadata={"ü": 1},
    tags=["a"],
    status="archived",
    update_time=80,
)
TURN = Conversation(
    session_id="s1",
    conversation_id="c1",
    query="What is Rain?",
    response=None,
    timestamp=5,
    recorded_at=6,
    feedback=Feedback(score=0, comment="no"),
    citations=[{"a": 1}],
    model="gpt-4o",
    input_tokens=100,
    output_tokens=0,
    finish_reason="stop",
    first_token_ms=7,
    judged_at=8,
    response_style="concise",
    language="de",
    failed=True,
    failure="overloaded",
    update_time=90,
)
OF_PROFILE = Change(kind="profile", at=1)
OF_SESSION = Change(kind="session", session_id="s1", at=2)
OF_TURN = Change(kind="conversation", session_id="s1", conversation_id="c1", at=5)


PLACES: Mapping[str, Key[Any]] = {
    "profile": profile_key("u"),
    "session": session_key("u", "s1"),
    "trash": trash_key("u", "s1"),
    "turn": conversation_key("u", "s1", "c1"),
    "erasure": erasure_key("u"),
}
Look: TypeAlias = Callable[[str, Change, Snapshot], Sequence[Key[Record]]]


def made(change: Change, **records: Any) -> Any:
    found = dict.fromkeys(keys("u", change), None) | {
        PLACES[name]: record for name, record in records.items()
    }
    return row("u", change, 500, Snapshot(found.items()), 1000)


def test_a_profile_becomes_what_was_chosen_and_no_more() -> None:
    assert made(OF_PROFILE, profile=PROFILE) == PreferencesRow(
        uid="u",
        user_email="anna@example.com",
        change_seq=70,
        exported_at=1000,
        created_at=1,
        preferences='{"ui_settings":{"show_citations":false}}',
        user_key="k",
        opted_in_at=4,
    )


def test_a_session_becomes_a_row_with_its_owners_email() -> None:
    assert made(OF_SESSION, profile=PROFILE, session=SESSION) == SessionRow(
        uid="u",
        user_email="anna@example.com",
        change_seq=80,
        exported_at=1000,
        session_id="s1",
        created_at=2,
        last_active=3,
        conversation_count=4,
        title="What is Rain",
        tags='["a"]',
        preferences='{"save_conversations":false}',
        metadata='{"ü":1}',
        status="archived",
        search_text="",
    )


def test_a_session_is_found_by_the_title_the_user_gave() -> None:
    named = SESSION.model_copy(update={"custom_title": "Wetter"})
    assert (made(OF_SESSION, session=named).title) == "Wetter"
    assert made(OF_SESSION, session=named).search_text == "2 wetter =wett =wetter "


def test_a_session_in_the_trash_has_no_text() -> None:
    trashed = made(OF_SESSION, profile=PROFILE, trash=SESSION)
    assert (trashed.status, trashed.deleted, trashed.change_seq) == ("deleted", False, 80)
    texts = (trashed.title, trashed.tags, trashed.metadata, trashed.search_text)
    assert texts == (None, None, None, None)


def test_a_session_that_just_left_the_trash_is_not_deleted() -> None:
    assert made(OF_SESSION, session=SESSION, trash=SESSION).status == "archived"


def test_a_turn_becomes_a_row() -> None:
    assert made(OF_TURN, profile=PROFILE, turn=TURN) == ConversationRow(
        uid="u",
        user_email="anna@example.com",
        change_seq=90,
        exported_at=1000,
        session_id="s1",
        conversation_id="c1",
        timestamp=5,
        recorded_at=6,
        query="What is Rain?",
        feedback_score=0,
        feedback_comment="no",
        citations='[{"a":1}]',
        metadata="{}",
        search_text="2 what is rain =rain =what | ",
        model="gpt-4o",
        input_tokens=100,
        output_tokens=0,
        finish_reason="stop",
        first_token_ms=7,
        topics=("rain",),
        topics_rule=RULE,
        answered=False,
        failed=True,
        failure="overloaded",
        text_saved=True,
        judged_at=8,
        response_style="concise",
        language="de",
    )


def test_a_turn_of_a_branch_has_its_place_and_one_of_the_first_branch_is_as_ever() -> None:
    place = 3 * BRANCH_PLACES + 7
    branched = TURN.model_copy(update={"moved_to": place, "replaces": "c0"})
    row = made(OF_TURN, turn=branched)
    assert (row.branch_id, row.replaces_conversation_id) == (3, "c0")
    assert row.path_position == f"{place:019}:c1"
    plain = made(OF_TURN, turn=TURN)
    assert (plain.branch_id, plain.replaces_conversation_id, plain.path_position) == (None,) * 3


def test_a_turn_of_a_guest_has_no_email() -> None:
    assert made(OF_TURN, turn=TURN).user_email is None


@pytest.mark.parametrize(
    ("change", "tombstone"),
    [
        (
            OF_PROFILE,
            PreferencesRow(uid="u", change_seq=500, deleted=True, exported_at=1000, created_at=1),
        ),
        (
            OF_SESSION,
            SessionRow(
                uid="u",
                change_seq=500,
                deleted=True,
                exported_at=1000,
                session_id="s1",
                created_at=2,
            ),
        ),
        (
            OF_TURN,
            ConversationRow(
                uid="u",
                change_seq=500,
                deleted=True,
                exported_at=1000,
                session_id="s1",
                conversation_id="c1",
                timestamp=5,
            ),
        ),
    ],
)
def test_what_is_gone_becomes_a_tombstone_with_its_keys_and_nothing_else(
    change: Change, tombstone: Any
) -> None:
    assert made(change) == tombstone


def test_a_session_is_looked_for_in_the_trash_last() -> None:
    places = keys("u", OF_SESSION)
    assert places.index(session_key("u", "s1")) < places.index(trash_key("u", "s1"))


def test_the_stub_of_a_deleted_turn_becomes_a_tombstone_as_old_as_it() -> None:
    stub = TURN.model_copy(update={"deleted_at": 95, "update_time": 96})
    assert made(OF_TURN, profile=PROFILE, turn=stub) == ConversationRow(
        uid="u",
        change_seq=96,
        deleted=True,
        exported_at=1000,
        session_id="s1",
        conversation_id="c1",
        timestamp=5,
    )


@pytest.mark.parametrize("place", ["session", "trash"])
def test_a_temporary_session_is_not_mirrored_and_what_was_mirrored_under_its_id_is_gone(
    place: str,
) -> None:
    temporary = {place: SESSION.model_copy(update={"temporary": True})}
    for change, records in ((OF_SESSION, {}), (OF_TURN, {"turn": TURN}), (OF_TURN, {})):
        gone = made(change, profile=PROFILE, **temporary, **records)
        assert gone.deleted
        assert gone == replace(made(change), change_seq=SESSION.update_time)


@pytest.mark.parametrize("place", ["session", "trash"])
def test_a_kept_sessions_turns_outrank_what_hid_them_while_it_was_temporary(place: str) -> None:
    """The turn was written at 90: first before its session was kept, then after it."""
    for kept_at, change_seq in ((95, 95), (85, 90)):
        kept = {place: SESSION.model_copy(update={"kept_at": kept_at})}
        assert made(OF_TURN, turn=TURN, **kept).change_seq == change_seq
        stub = TURN.model_copy(update={"query": None, "deleted_at": 9})
        assert made(OF_TURN, turn=stub, **kept).change_seq == change_seq


def test_a_turn_whose_answer_grows_does_not_outrank_what_becomes_of_its_session() -> None:
    """The turn grew at 90 without a write to its session, which was last written at 80."""
    growing = TURN.model_copy(update={"partial": "So f", "grown_at": 7})
    shown = made(OF_TURN, turn=growing, session=SESSION)
    assert (shown.change_seq, shown.response) == (80, None)
    hidden = SESSION.model_copy(update={"temporary": True, "update_time": 85})
    assert made(OF_TURN, turn=growing, session=hidden).change_seq == 85
    kept = SESSION.model_copy(update={"kept_at": 88, "update_time": 89})
    assert made(OF_TURN, turn=growing, session=kept).change_seq == 89


def looked_at_again(look: Look, **records: Any) -> list[str]:
    snapshot = dict.fromkeys(keys("u", OF_TURN)) | {
        PLACES[name]: record for name, record in records.items()
    }
    again = look("u", OF_TURN, Snapshot(snapshot.items()))
    return [name for name, key in PLACES.items() if key in again]


def test_what_can_not_be_of_one_moment_is_read_again() -> None:
    kept = SESSION.model_copy(update={"kept_at": 95})
    assert looked_at_again(missed, turn=TURN) == ["session", "trash"]
    for found in ({}, {"turn": TURN, "session": SESSION}, {"turn": TURN, "trash": SESSION}):
        assert looked_at_again(missed, **found) == looked_at_again(doubtful, **found) == []
    assert looked_at_again(doubtful, turn=TURN, session=kept) == ["turn"]
    later = TURN.model_copy(update={"update_time": 95})
    assert looked_at_again(doubtful, turn=later, session=kept) == []
    assert missed("u", OF_SESSION, Snapshot([])) == doubtful("u", OF_SESSION, Snapshot([])) == ()


@pytest.mark.parametrize("change", [OF_PROFILE, OF_SESSION, OF_TURN])
def test_a_user_who_is_being_erased_is_not_mirrored(change: Change) -> None:
    records = {"profile": PROFILE, "session": SESSION, "turn": TURN}
    held = {name: records[name] for name in records if change.kind in (name, "conversation")}
    if change.kind != "conversation":
        held.pop("turn", None)
    begun, done = Erasure(started_at=1), Erasure(started_at=1, finished_at=2)
    assert made(change, **held, erasure=begun) is None
    assert made(change, erasure=begun) is None
    assert made(change, **held, erasure=done) is not None


def test_json_columns_keep_what_json_can_say() -> None:
    odd = {"nul": "\0", "emoji": "🙂", "deep": [[1.5, None, True]]}
    metadata = made(OF_TURN, turn=TURN.model_copy(update={"metadata": odd})).metadata
    assert json.loads(metadata) == odd


def test_the_size_of_a_row_counts_its_text() -> None:
    small, large = (
        made(OF_TURN, turn=TURN),
        made(OF_TURN, turn=TURN.model_copy(update={"response": "x" * 1000})),
    )
    # The response and its search text.
    assert text_size(large) - text_size(small) == 1000 + 1001


def test_what_came_back_under_the_same_ids_is_another_record() -> None:
    session = SESSION.model_copy(update={"created_at": 3})
    for place in ("session", "trash"):
        assert made(OF_SESSION, **{place: session}) == made(OF_SESSION)
    turn = TURN.model_copy(update={"timestamp": 7})
    assert made(OF_TURN, session=session, turn=turn) == made(OF_TURN)
    stub = turn.model_copy(update={"deleted_at": 95})
    assert made(OF_TURN, session=session, turn=stub) == made(OF_TURN)
