"""Cursors and pages."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.digests import Digests
from resolvers.errors import Refused
from resolvers.pages import Cursors, PageRequest, collect
from stores.ports import Window

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


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 99).map(str)), unique=True, max_size=60),
    st.integers(1, 7),
    st.booleans(),
    st.sampled_from([1, 2, 50]),
)
async def test_going_through_all_pages_shows_every_visible_item_once_in_order(
    items: list[tuple[int, str]], size: int, from_end: bool, every: int
) -> None:
    ordered = sorted(items)
    visible = [item for item in ordered if int(item[1]) % every == 0]

    async def fetch(wanted: Window) -> list[tuple[int, str]]:
        inside = [
            item
            for item in ordered
            if (wanted.after is None or item > wanted.after)
            and (wanted.before is None or item < wanted.before)
        ]
        return inside[-wanted.limit :] if wanted.from_end else inside[: wanted.limit]

    async def judge() -> Callable[[tuple[int, str]], tuple[int, str] | None]:
        return lambda item: item if int(item[1]) % every == 0 else None

    seen: list[tuple[int, str]] = []
    cursor = None
    for _ in range(len(ordered) + 2):
        request = (
            PageRequest(last=size, before=cursor)
            if from_end
            else PageRequest(first=size, after=cursor)
        )
        shown = await collect(request, CURSORS, fetch, lambda item: item, judge)
        assert len(shown.items) <= size
        seen = [*shown.items, *seen] if from_end else [*seen, *shown.items]
        if not (shown.has_previous if from_end else shown.has_next):
            break
        cursor = shown.start_cursor if from_end else shown.end_cursor
    assert seen == visible
