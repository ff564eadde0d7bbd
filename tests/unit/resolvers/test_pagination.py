"""Cursors and pages."""

from collections.abc import Callable, Iterable
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.digests import Digests
from resolvers.errors import Refused
from resolvers.pagination import PAGE_SIZE, ROUNDS, Cursors, PageRequest, collect
from stores.ports import Portion, Window
from stores.records import Removal

DIGESTS = Digests(b"k" * 32)
CURSORS = Cursors(DIGESTS, "anna/sessions")


@given(st.integers(0, 2**53), st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", fullmatch=True))
def test_a_cursor_leads_back_to_its_position(order: int, record_id: str) -> None:
    assert CURSORS.decode(CURSORS.encode((order, record_id)), "after") == (order, record_id)


@given(st.text() | st.binary().map(lambda b: b.decode("latin-1")))
def test_no_made_up_cursor_is_taken(made_up: str) -> None:
    with pytest.raises(Refused, match="INVALID"):
        CURSORS.decode(made_up, "after")


def test_a_cursor_is_bound_to_its_list_and_to_the_key() -> None:
    cursor = CURSORS.encode((1, "a"))
    for other in (Cursors(DIGESTS, "ben/sessions"), Cursors(Digests(b"x" * 32), "anna/sessions")):
        with pytest.raises(Refused):
            other.decode(cursor, "after")


Item: TypeAlias = tuple[int, str]


class Listed:
    """A list of records of `each` bytes; `read` has the number of records of each fetch."""

    def __init__(self, items: Iterable[Item], each: int) -> None:
        self._items = sorted(items)
        self._each = each
        self.read: list[int] = []

    async def fetch(self, wanted: Window, size: int) -> Portion[Removal]:
        inside = [
            item
            for item in self._items
            if (wanted.after is None or item > wanted.after)
            and (wanted.before is None or item < wanted.before)
        ]
        most = min(wanted.limit, -(-size // self._each))
        taken = inside[-most:] if wanted.from_end else inside[:most]
        more = len(taken) == most
        self.read.append(len(taken))
        records = [Removal(session_id=name, removed_at=at) for at, name in taken]
        return Portion(records, more, len(taken) * self._each)


def place(record: Removal) -> Item:
    return record.removed_at, record.session_id


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 99).map(str)), unique=True, max_size=60),
    st.integers(1, 7),
    st.booleans(),
    st.sampled_from([1, 2, 50]),
    st.sampled_from([1, PAGE_SIZE // 3, PAGE_SIZE - 1, PAGE_SIZE]),
)
async def test_going_through_all_pages_shows_every_visible_item_once_in_order(
    items: list[Item], size: int, from_end: bool, every: int, each: int
) -> None:
    ordered = sorted(items)
    visible = [item for item in ordered if int(item[1]) % every == 0]
    listed = Listed(items, each)

    async def judge() -> Callable[[Removal], bool]:
        return lambda record: int(record.session_id) % every == 0

    seen: list[Item] = []
    cursor = None
    for _ in range(len(ordered) + 2):
        request = (
            PageRequest(last=size, before=cursor)
            if from_end
            else PageRequest(first=size, after=cursor)
        )
        shown = await collect(request, CURSORS, listed.fetch, place, judge)
        assert len(shown.items) <= size
        items_shown = [place(each) for each in shown.items]
        assert shown.cursors == [CURSORS.encode(each) for each in items_shown]
        seen = [*items_shown, *seen] if from_end else [*seen, *items_shown]
        if not (shown.has_previous if from_end else shown.has_next):
            break
        cursor = shown.start_cursor if from_end else shown.end_cursor
    assert seen == visible


@given(
    st.integers(1, ROUNDS),
    st.integers(1, 100),
    st.booleans(),
    st.sampled_from([1, 3, 1000]),
    st.integers(1, 100),
)
async def test_a_page_ends_with_the_item_that_makes_it_too_large_and_is_not_empty(
    count: int, size: int, from_end: bool, every: int, part: int
) -> None:
    each = PAGE_SIZE // part
    listed = Listed(((number, str(number)) for number in range(count)), each)

    async def judge() -> Callable[[Removal], bool]:
        return lambda record: record.removed_at % every == 0

    request = PageRequest(last=size) if from_end else PageRequest(first=size)
    shown = await collect(request, CURSORS, listed.fetch, place, judge)
    assert shown.items
    assert shown.size < PAGE_SIZE + each
    assert all(number * each < PAGE_SIZE + each for number in listed.read)
    assert len(shown.items) * each < PAGE_SIZE + each
    more = shown.has_previous if from_end else shown.has_next
    assert more or len(shown.items) == -(-count // every)
