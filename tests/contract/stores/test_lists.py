"""The order of lists, and the windows that page through them."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.unreadable_records import readable_records
from stores.documents import ORDERS
from stores.keys import (
    Key,
    conversation_key,
    dead_letter_key,
    erasure_key,
    mark_key,
    profile_key,
    session_key,
    trash_key,
)
from stores.mirror_records import Change, DeadLetter, Erasure, ExportMark
from stores.ports import (
    ConversationOrder,
    Create,
    Position,
    SessionQuery,
    Store,
    Update,
    Window,
    Write,
    readable,
)
from stores.records import Profile, Record, Session, SessionListRow
from tests.contract.records import create_mark, create_session, session, turn

_fresh = count()

IDS = st.text("-_09AZaz", min_size=1, max_size=3).filter(lambda text: not text.startswith("__"))
TIMES = st.integers(0, 3)
LISTS = st.dictionaries(IDS, TIMES, min_size=1, max_size=8)
"""Ids and the times by which they are ordered, with many equal values."""
TAGS = st.sampled_from(["a", "A", "aa", '"', '","', "[]", "%", "", "語"])
FIELDS = st.fixed_dictionaries(
    {
        **dict.fromkeys((*ORDERS["sessions"], *ORDERS["trash"]), TIMES),
        "status": st.sampled_from(["active", "archived"]),
        "pinned": st.booleans(),
        "temporary": st.booleans(),
        "tags": st.lists(TAGS, max_size=2, unique=True),
    }
)
QUERIES = st.booleans().flatmap(
    lambda trash: st.builds(
        SessionQuery,
        order=st.sampled_from(ORDERS["trash" if trash else "sessions"]),
        status=st.sampled_from([None, "active", "archived"]),
        pinned=st.sampled_from([None, True, False]),
        tag=st.none() | TAGS,
        temporary=st.booleans(),
        trash=st.just(trash),
    )
)

examples = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def windows(positions: list[Position]) -> st.SearchStrategy[Window]:
    """Windows that begin and end at a record, between two records, or have no bound."""
    somewhere = st.none() | st.sampled_from(positions) | st.tuples(st.integers(-1, 4), IDS)
    return st.builds(
        Window,
        limit=st.integers(1, 9),
        after=somewhere,
        before=somewhere,
        from_end=st.booleans(),
    )


def expected(positions: list[Position], window: Window, *, descending: bool) -> list[str]:
    """The ids of a list that a window shows, according to the port's description."""

    def is_before(left: Position, right: Position) -> bool:
        return left > right if descending else left < right

    within = [
        position
        for position in sorted(positions, reverse=descending)
        if (window.after is None or is_before(window.after, position))
        and (window.before is None or is_before(position, window.before))
    ]
    shown = within[-window.limit :] if window.from_end else within[: window.limit]
    return [record_id for _, record_id in shown]


@examples
@given(data=st.data(), times=LISTS)
async def test_a_window_of_sessions_is_that_part_of_the_newest_first_list(
    store: Store, data: st.DataObject, times: dict[str, int]
) -> None:
    uid = f"u{next(_fresh)}"
    await store.commit(
        [create_session(name, uid, last_active=time) for name, time in times.items()]
    )
    positions = [(time, name) for name, time in times.items()]
    for _ in range(3):
        window = data.draw(windows(positions))
        listed = await store.list_sessions(uid, window)
        assert [each.session_id for each in listed] == expected(positions, window, descending=True)


@examples
@given(data=st.data(), fields=st.dictionaries(IDS, FIELDS, min_size=1, max_size=8))
async def test_a_query_lists_the_sessions_that_have_all_it_names_in_its_order(
    store: Store, data: st.DataObject, fields: Mapping[str, Mapping[str, object]]
) -> None:
    uid = f"u{next(_fresh)}"
    sessions = [session(name, **values) for name, values in fields.items()]
    await store.commit([Create(session_key(uid, each.session_id), each) for each in sessions])
    await store.commit([Create(trash_key(uid, each.session_id), each) for each in sessions])

    def is_listed(each: Session, query: SessionQuery) -> bool:
        return (
            each.temporary == query.temporary
            and query.status in (None, each.status)
            and query.pinned in (None, each.pinned)
            and (query.tag is None or query.tag in each.tags)
        )

    for _ in range(4):
        query = data.draw(QUERIES)
        positions = [
            (getattr(each, query.order), each.session_id)
            for each in sessions
            if is_listed(each, query)
        ]
        window = data.draw(windows(positions or [(1, "a")]))
        listed = await store.list_sessions(uid, window, query)
        assert [each.session_id for each in listed] == expected(positions, window, descending=True)
        rows = await store.list_session_rows(uid, window, query)
        assert rows == [row_of(each) for each in listed]


def row_of(session: Session) -> SessionListRow:
    """What a list needs of a session."""
    return SessionListRow(**{name: getattr(session, name) for name in SessionListRow.model_fields})


async def test_a_session_is_listed_by_what_it_has_become(store: Store) -> None:
    await store.commit([create_session(tags=["old"]), create_session("t", last_active=5)])
    changes = {"last_active": 9, "status": "archived", "pinned": True, "tags": ["new"]}
    await store.commit([Update(session_key("u", "s"), set=changes)])

    async def listed(query: SessionQuery) -> list[str]:
        return [each.session_id for each in await store.list_sessions("u", Window(9), query)]

    assert await listed(SessionQuery()) == ["s", "t"]
    assert await listed(SessionQuery(order="created_at")) == ["t", "s"]
    assert await listed(SessionQuery(status="archived", pinned=True, tag="new")) == ["s"]
    assert await listed(SessionQuery(tag="old")) == []
    assert await listed(SessionQuery(status="active")) == ["t"]


@pytest.mark.parametrize("order", ["deleted_at", "custom_title", "timestamp"])
async def test_an_order_that_sessions_do_not_have_is_refused(store: Store, order: str) -> None:
    query = SessionQuery(order=order)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=order):
        await store.list_sessions("u", Window(1), query)


async def test_the_trash_is_not_listed_by_turns(store: Store) -> None:
    query = SessionQuery(order="conversation_count", trash=True)
    with pytest.raises(ValueError, match="trash can't be listed by conversation_count"):
        await store.list_sessions("u", Window(1), query)


@pytest.mark.parametrize("order", get_args(ConversationOrder))
@examples
@given(data=st.data(), times=LISTS)
async def test_a_window_of_turns_is_that_part_of_the_oldest_first_list(
    store: Store, order: ConversationOrder, data: st.DataObject, times: dict[str, int]
) -> None:
    uid = f"u{next(_fresh)}"
    await store.commit(
        [
            Create(conversation_key(uid, "s", name), turn(name, "s", **{order: time}))
            for name, time in times.items()
        ]
    )
    positions = [(time, name) for name, time in times.items()]
    for _ in range(3):
        window = data.draw(windows(positions))
        listed = await store.list_conversations(uid, "s", window, order)
        assert [each.conversation_id for each in listed] == expected(
            positions, window, descending=False
        )


@pytest.mark.parametrize("order", get_args(ConversationOrder))
@examples
@given(
    times=LISTS,
    limit=st.integers(1, 4),
    size=st.sampled_from([1, 3000, 10**9]),
    from_end=st.booleans(),
)
async def test_portions_of_turns_that_follow_each_other_are_the_whole_list(
    store: Store,
    order: ConversationOrder,
    times: dict[str, int],
    limit: int,
    size: int,
    from_end: bool,
) -> None:
    uid = f"u{next(_fresh)}"
    await store.commit(
        [
            Create(conversation_key(uid, "s", name), turn(name, "s", **{order: time}))
            for name, time in times.items()
        ]
    )
    found: list[Position] = []
    more = True
    while more:
        if from_end:
            window = Window(limit, before=found[0] if found else None, from_end=True)
        else:
            window = Window(limit, after=found[-1] if found else None)
        portion = await store.take_conversations(uid, "s", window, size, order)
        assert len(portion.records) <= limit
        places = [(getattr(each, order), each.conversation_id) for each in portion.records]
        found = [*places, *found] if from_end else [*found, *places]
        more = portion.more
    assert found == sorted((time, name) for name, time in times.items())


async def test_a_portion_ends_with_the_turn_that_reaches_its_size(store: Store) -> None:
    await store.commit(
        [
            Create(
                conversation_key("u", "s", name),
                turn(name, "s", timestamp=place, response="r" * 100_000),
            )
            for place, name in enumerate("abcde")
        ]
    )

    async def taken(size: int, limit: int = 9, **part: Any) -> tuple[str, bool]:
        window = Window(limit, **(part or {"after": (0, "a")}))
        portion = await store.take_conversations("u", "s", window, size)
        assert len(portion.records) * 100_000 < portion.size < len(portion.records) * 110_000
        return "".join(each.conversation_id for each in portion.records), portion.more

    assert await taken(1) == ("b", True)
    assert await taken(250_000) == ("bcd", True)
    assert await taken(250_000, 2) == ("bc", True)
    assert await taken(10**6) == ("bcde", False)
    assert await taken(1, before=(3, "d"), from_end=True) == ("c", True)
    assert await taken(250_000, from_end=True) == ("cde", True)
    assert await taken(250_000, 2, from_end=True) == ("de", True)
    assert await taken(10**6, before=(3, "d"), from_end=True) == ("abc", False)


async def test_the_size_of_a_turn_counts_the_parts_of_its_json(store: Store) -> None:
    values = [turn(name, "s", citations=[[]] * 10_000) for name in "ab"]
    await store.commit(
        [Create(conversation_key("u", "s", each.conversation_id), each) for each in values]
    )
    portion = await store.take_conversations("u", "s", Window(9), 600_000)
    assert [each.conversation_id for each in portion.records] == ["a"]


async def test_lists_hold_what_is_in_the_collection_alone(store: Store) -> None:
    await store.commit(
        [
            create_session("s", "u"),
            create_session("s", "u-"),
            create_session("s-", "u"),
            Create(conversation_key("u", "s", "c"), turn()),
            Create(conversation_key("u", "s-", "c"), turn(session_id="s-")),
            create_mark("m", "u"),
        ]
    )
    everything = Window(10)
    sessions = await store.list_sessions("u", everything)
    assert [each.session_id for each in sessions] == ["s-", "s"]
    turns = await store.list_conversations("u", "s", everything)
    assert [each.session_id for each in turns] == ["s"]
    assert await store.list_sessions("nobody", everything) == []


async def test_listed_records_have_their_update_time(store: Store) -> None:
    time = (await store.commit([create_session()])).time
    assert [each.update_time for each in await store.list_sessions("u", Window(1))] == [time]


async def test_the_marks_of_one_user_are_theirs_alone(store: Store) -> None:
    await store.commit([create_mark(name, uid) for uid in ("u", "u-", "v") for name in "abc"])
    marks = readable_records(await store.list_marks("u", 10))
    assert sorted(each.mark_id for each in marks) == ["a", "b", "c"]
    assert {each.uid for each in marks} == {"u"}
    assert len(await store.list_marks("u", 2)) == 2


async def test_the_dead_letters_of_one_user_are_theirs_alone(store: Store) -> None:
    letter = DeadLetter(change=Change(kind="profile", at=1), marked_at=1, reason="r", since=1)
    for uid in ("u", "u-", "v"):
        await store.commit([Create(dead_letter_key(uid, name), letter) for name in "abc"])
    found = readable_records(await store.list_dead_letters("u", 10))
    assert [each.reason for each in found] == ["r"] * 3
    assert len(await store.list_dead_letters("u", 2)) == 2
    assert await store.list_dead_letters("w", 2) == []
    scanned = [key.path for key, _ in await store.scan(DeadLetter, dead_letter_key("u", "b"), 3)]
    assert [path[1::2] for path in scanned] == [("u", "c"), ("u-", "a"), ("u-", "b")]


async def test_a_scan_in_pages_sees_each_mark_of_every_user_once_in_path_order(
    store: Store,
) -> None:
    users = ["a", "a-", "a0", "aA", "a_", "aa", "-", "_a", "Z", "9"]
    paths = [(uid, name) for uid in users for name in ("m", "m-", "m0", "_m")]
    await store.commit([create_mark(name, uid) for uid, name in paths])
    await store.commit([create_session("s", uid) for uid in users])

    scanned: list[ExportMark] = []
    while page := await store.scan_marks(
        mark_key(scanned[-1].uid, scanned[-1].mark_id) if scanned else None, 7
    ):
        assert len(page) <= 7
        scanned += readable_records(page)
    assert [(each.uid, each.mark_id) for each in scanned] == sorted(paths)


async def test_a_scan_between_two_places_takes_the_last_but_not_the_first(store: Store) -> None:
    paths = [(uid, name) for uid in ("a", "a0", "b", "c") for name in ("m0", "m1")]
    await store.commit([create_mark(name, uid) for uid, name in paths])

    async def scanned(
        after: Key[ExportMark] | None, until: Key[ExportMark] | None
    ) -> list[tuple[str, str]]:
        found = readable_records(await store.scan_marks(after, 10, until))
        return [(each.uid, each.mark_id) for each in found]

    assert await scanned(mark_key("a", "m1"), mark_key("b", "m0")) == paths[2:5]
    assert await scanned(None, mark_key("a0", "-")) == paths[:2]
    assert await scanned(mark_key("b", "-"), None) == paths[4:]
    assert await scanned(mark_key("c", "m1"), mark_key("a", "m0")) == []


async def test_a_scan_names_marks_by_their_place_whatever_their_fields_say(store: Store) -> None:
    mark = ExportMark(uid="somebody", mark_id="something", changes=[])
    await store.commit([Create(mark_key("a", "m"), mark)])
    (scanned,) = readable_records(await store.scan_marks(None, 10))
    assert (scanned.uid, scanned.mark_id) == ("a", "m")


@pytest.mark.parametrize(
    ("kind", "key_of", "record"),
    [
        (Profile, profile_key, Profile(created_at=1)),
        (Erasure, erasure_key, Erasure(started_at=1)),
    ],
    ids=["profiles", "erasures"],
)
async def test_a_scan_in_pages_sees_each_record_of_its_kind_once_in_path_order(
    store: Store, kind: type[Record], key_of: Callable[[str], Key[Record]], record: Record
) -> None:
    users = ["a", "a-", "a0", "aA", "a_", "aa", "-", "_a", "Z", "9"]
    time = (await store.commit([Create(key_of(uid), record) for uid in users])).time
    others: list[Write] = [Create(profile_key("p"), Profile(created_at=1))]
    others += [Create(erasure_key("e"), Erasure(started_at=1)), create_session(uid="nobody")]
    await store.commit([each for each in others if each.key.kind is not kind])

    scanned: list[tuple[Key[Record], Record]] = []
    while page := await store.scan(kind, scanned[-1][0] if scanned else None, 3):
        assert len(page) <= 3
        scanned += [(key, readable(entry)) for key, entry in page]
    assert scanned == [
        (key_of(uid), record.model_copy(update={"update_time": time})) for uid in sorted(users)
    ]
