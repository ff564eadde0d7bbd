"""Every record comes back as it was stored."""

from itertools import count
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stores.choices import (
    NotificationSettings,
    PreferenceOverrides,
    PrivacySettings,
    ResponseStyle,
    SessionPreferenceOverrides,
    UISettings,
)
from stores.documents import changed_fields
from stores.errors import Unreadable
from stores.fields import LAST_TIME
from stores.keys import (
    Key,
    conversation_key,
    erasure_key,
    mark_key,
    profile_key,
    session_key,
    trash_key,
)
from stores.mirror_records import Change, Erasure, ExportMark
from stores.ports import Create, Store, Update
from stores.records import Branch, Conversation, Feedback, Profile, Record, Session
from tests.contract.records import mark, session, turn
from tests.damaged_records import damage

_fresh = count()

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
"""Any Unicode, NUL included."""
TIMES = st.integers(0, LAST_TIME)
COUNTS = st.integers(-(2**31), 2**31 - 1)
AMOUNTS = st.integers(0, 2**31 - 1)
DURATIONS = st.integers(0, 86_400_000)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
OBJECT = st.dictionaries(TEXT | st.sampled_from(["", "a.b", "__x__", "`"]), JSON, max_size=4)

OVERRIDES = st.builds(
    PreferenceOverrides,
    response_style=st.none() | st.sampled_from(get_args(ResponseStyle)),
    language_preference=st.none() | TEXT,
    ui_settings=st.from_type(UISettings),
    privacy_settings=st.builds(
        PrivacySettings,
        save_conversations=st.none() | st.booleans(),
        analytics_opt_in=st.none() | st.booleans(),
        data_retention_days=st.none() | st.integers(1, 3650),
    ),
    notification_settings=st.from_type(NotificationSettings),
)
PROFILES = st.builds(
    Profile,
    update_time=st.just(0),
    email=st.none() | TEXT,
    created_at=TIMES,
    preferences=OVERRIDES,
    guest=st.booleans(),
    active_count=COUNTS,
    archived_count=COUNTS,
    trash_count=COUNTS,
)
SESSIONS = st.builds(
    Session,
    update_time=st.just(0),
    session_id=TEXT,
    custom_title=st.none() | TEXT,
    derived_title=st.none() | TEXT,
    created_at=TIMES,
    last_active=TIMES,
    conversation_count=COUNTS,
    preferences=st.builds(
        SessionPreferenceOverrides,
        response_style=st.none() | st.sampled_from(get_args(ResponseStyle)),
        language_preference=st.none() | TEXT,
        ui_settings=st.from_type(UISettings),
        save_conversations=st.none() | st.just(False),
    ),
    metadata=OBJECT,
    tags=st.lists(TEXT, max_size=3),
    status=st.sampled_from(["active", "archived"]),
    pinned=st.booleans(),
    temporary=st.booleans(),
    touched_at=TIMES,
    oldest_turn_at=TIMES,
    title_from=TIMES,
    deleted_at=st.none() | TIMES,
    fingerprint=TEXT,
)
TURNS = st.builds(
    Conversation,
    update_time=st.just(0),
    session_id=TEXT,
    conversation_id=TEXT,
    query=st.none() | TEXT,
    response=st.none() | TEXT,
    answered=st.booleans(),
    text_saved=st.booleans(),
    timestamp=TIMES,
    recorded_at=TIMES,
    response_time_ms=st.none() | DURATIONS,
    first_token_ms=st.none() | DURATIONS,
    model=st.none() | TEXT,
    input_tokens=st.none() | AMOUNTS,
    output_tokens=st.none() | AMOUNTS,
    finish_reason=st.none() | TEXT,
    feedback=st.none()
    | st.builds(Feedback, score=st.sampled_from([0, 1]), comment=st.none() | TEXT),
    citations=st.lists(JSON, max_size=3),
    metadata=OBJECT,
    deleted_at=st.none() | TIMES,
    answer_token=st.none() | TEXT,
    fingerprint=TEXT,
)
MARKS = st.builds(
    ExportMark,
    update_time=st.just(0),
    uid=st.just(""),
    mark_id=st.just("m"),
    changes=st.lists(
        st.builds(
            Change,
            kind=st.sampled_from(["profile", "session", "conversation", "subtree"]),
            session_id=TEXT,
            conversation_id=TEXT,
            at=TIMES,
        ),
        max_size=3,
    ),
    trace=st.none() | st.text("0123456789abcdef-", max_size=64),
)
ERASURES = st.builds(
    Erasure, update_time=st.just(0), started_at=TIMES, finished_at=st.none() | TIMES
)

examples = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@examples
@given(profile=PROFILES, session=SESSIONS, turn=TURNS, mark=MARKS, erasure=ERASURES)
async def test_records_come_back_as_they_were_created(
    store: Store,
    profile: Profile,
    session: Session,
    turn: Conversation,
    mark: ExportMark,
    erasure: Erasure,
) -> None:
    uid = f"u{next(_fresh)}"
    records: list[tuple[Key[Record], Record]] = [
        (profile_key(uid), profile),
        (session_key(uid, "s"), session),
        (trash_key(uid, "s"), session),
        (conversation_key(uid, "s", "c"), turn),
        # Its place says whose mark it is.
        (mark_key(uid, "m"), mark.model_copy(update={"uid": uid})),
        (erasure_key(uid), erasure),
    ]
    time = (await store.commit([Create(key, record) for key, record in records])).time
    found = await store.get([key for key, _ in records])
    for key, record in records:
        assert found.get(key) == record.model_copy(update={"update_time": time})


@examples
@given(metadata=OBJECT, citations=st.lists(JSON, max_size=3), response=TEXT)
async def test_fields_come_back_as_they_were_set(
    store: Store, metadata: dict[str, object], citations: list[object], response: str
) -> None:
    key = conversation_key(f"u{next(_fresh)}", "s", "c")
    await store.commit([Create(key, turn())])
    changes = {"metadata": metadata, "citations": citations, "response": response}
    await store.commit([Update(key, set=changes)])
    after = (await store.get([key])).get(key)
    assert after is not None
    assert after.model_dump(include=set(changes)) == changes


async def test_the_largest_turn_that_the_limits_allow_fits(store: Store) -> None:
    key = conversation_key("u", "s", "c")
    largest = turn(
        query="é" * (16 * 1024),
        response="語" * (700 * 1024 // 3),
        citations=["x" * 1024] * 127,
        metadata={"x": "y" * (15 * 1024)},
    )
    time = (await store.commit([Create(key, largest)])).time
    found = (await store.get([key])).get(key)
    assert found == largest.model_copy(update={"update_time": time})


async def test_a_turn_stored_before_turns_told_what_answered_is_read(store: Store) -> None:
    key = conversation_key("u", "s", "c")
    later = ["model", "input_tokens", "output_tokens", "finish_reason", "first_token_ms"]
    await store.commit([Create(key, turn(response="Yes."))])
    await store.commit([Update(key, unset=later)])
    found = (await store.get([key])).get(key)
    assert found is not None
    assert found.response == "Yes."
    assert found.model_dump(include=set(later)) == dict.fromkeys(later)
    await store.commit([Update(key, set={"model": "m", "input_tokens": 5})])
    updated = (await store.get([key])).get(key)
    assert updated is not None
    assert (updated.model, updated.input_tokens) == ("m", 5)


async def test_a_mark_of_an_earlier_release_was_written_in_no_span(store: Store) -> None:
    key = mark_key("u-earlier", "m")
    await store.commit([Create(key, mark("m", "u-earlier"))])
    await damage(store, key, trace=...)
    (read,) = await store.list_marks("u-earlier", 2)
    assert isinstance(read, ExportMark)
    assert (read.trace, read.changes) == (None, mark("m").changes)


async def test_branches_that_were_stored_as_an_array_are_read_and_written_as_text(
    store: Store,
) -> None:
    key = session_key("u-array", "s")
    fork = Branch(number=1, parent=0, at=5, at_id="c", beside="c", first="d", depth=2, since=3)
    await store.commit([Create(key, session(branches=[fork]))])
    await damage(store, key, branches=[fork.model_dump()])
    old = (await store.get([key])).get(key)
    assert old is not None
    assert old.branches == [fork]
    two = [*old.branches, fork.model_copy(update={"number": 2})]
    more = Update(key, set={"branches": [each.model_dump() for each in two]})
    assert isinstance(changed_fields(more)["branches"], str)
    await store.commit([more])
    new = (await store.get([key])).get(key)
    assert new is not None
    assert new.branches == two


@pytest.mark.parametrize("damaged", ["no JSON", "1", '[{"number": "one"}]'])
async def test_a_session_with_damaged_branches_is_not_readable(store: Store, damaged: str) -> None:
    key = session_key("u-damaged-branches", "s")
    await store.commit([Create(key, session())])
    await damage(store, key, branches=damaged)
    entry = (await store.get([key])).entry(key)
    assert isinstance(entry, Unreadable)
    assert "can't be read (branches" in str(entry)
