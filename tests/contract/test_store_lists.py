"""The order of lists, and the windows that page through them."""

from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stores.keys import conversation_key, mark_key
from stores.ports import Create, Position, Store, Window
from stores.records import ExportMark
from tests.contract.records import create_mark, create_session, turn

_fresh = count()

IDS = st.text("-_09AZaz", min_size=1, max_size=3).filter(lambda text: not text.startswith("__"))
LISTS = st.dictionaries(IDS, st.integers(0, 3), min_size=1, max_size=8)
"""Ids and what they are ordered by, with many equal values."""

examples = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def windows(positions: list[Position]) -> st.SearchStrategy[Window]:
    """Windows that begin and end at a record, between two, or nowhere."""
    somewhere = st.none() | st.sampled_from(positions) | st.tuples(st.integers(-1, 4), IDS)
    return st.builds(
        Window,
        limit=st.integers(1, 9),
        after=somewhere,
        before=somewhere,
        from_end=st.booleans(),
    )


def expected(positions: list[Position], window: Window, *, descending: bool) -> list[str]:
    """The ids that a window shows of a list, by the words of the port."""

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
@given(data=st.data(), times=LISTS)
async def test_a_window_of_turns_is_that_part_of_the_oldest_first_list(
    store: Store, data: st.DataObject, times: dict[str, int]
) -> None:
    uid = f"u{next(_fresh)}"
    await store.commit(
        [
            Create(conversation_key(uid, "s", name), turn(name, timestamp=time))
            for name, time in times.items()
        ]
    )
    positions = [(time, name) for name, time in times.items()]
    for _ in range(3):
        window = data.draw(windows(positions))
        listed = await store.list_conversations(uid, "s", window)
        assert [each.conversation_id for each in listed] == expected(
            positions, window, descending=False
        )


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
    marks = await store.list_marks("u", 10)
    assert sorted(each.mark_id for each in marks) == ["a", "b", "c"]
    assert {each.uid for each in marks} == {"u"}
    assert len(await store.list_marks("u", 2)) == 2


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
        scanned += page
    assert [(each.uid, each.mark_id) for each in scanned] == sorted(paths)
