from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from client.state.paged_list import Listing, Page

START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Row:
    id: str
    at: datetime


def row(name: str, minute: int) -> Row:
    return Row(name, START + timedelta(minutes=minute))


def names(listing: Listing[Row]) -> str:
    return "".join(row.id for row in listing.rows)


@pytest.fixture
def listing() -> Listing[Row]:
    """Four rows read as two pages of two, with more to come."""
    listing: Listing[Row] = Listing(lambda row: row.at)
    listing.refresh(Page([row("d", 4), row("c", 3)], more=True, cursor="c"))
    listing.extend(Page([row("b", 2), row("a", 1)], more=True, cursor="a"))
    return listing


def test_older_rows_stay_when_new_ones_join_on_to_them(listing: Listing[Row]) -> None:
    listing.refresh(Page([row("e", 5), row("d", 4)], more=True, cursor="d"))

    assert names(listing) == "edcba"
    assert (listing.more, listing.cursor) == (True, "a")


def test_a_row_that_moved_up_stands_where_it_is_now(listing: Listing[Row]) -> None:
    listing.refresh(Page([row("a", 6), row("d", 4)], more=True, cursor="d"))

    assert names(listing) == "adcb"


def test_a_row_that_is_gone_from_the_newest_page_is_gone(listing: Listing[Row]) -> None:
    listing.refresh(Page([row("d", 4), row("b", 2)], more=True, cursor="b"))

    assert names(listing) == "dba"


def test_older_rows_go_when_something_may_be_missing_before_them(listing: Listing[Row]) -> None:
    listing.refresh(Page([row("g", 7), row("f", 6)], more=True, cursor="f"))

    assert names(listing) == "gf"
    assert (listing.more, listing.cursor) == (True, "f")


def test_a_newest_page_without_more_is_all_there_is(listing: Listing[Row]) -> None:
    listing.refresh(Page([row("d", 4)], more=False, cursor="d"))

    assert names(listing) == "d"
    assert not listing.more


def test_a_row_that_comes_on_two_pages_is_shown_once(listing: Listing[Row]) -> None:
    listing.extend(Page([row("a", 1), row("0", 0)], more=False, cursor="0"))

    assert names(listing) == "dcba0"
    assert not listing.more


def test_rows_that_rise_join_on_to_the_first_page() -> None:
    rising: Listing[Row] = Listing(lambda row: row.at, rising=True)
    rising.refresh(Page([row("a", 1), row("b", 2)], more=True, cursor="b"))
    rising.extend(Page([row("c", 3), row("d", 4)], more=True, cursor="d"))

    rising.refresh(Page([row("b", 2), row("z", 2)], more=True, cursor="z"))

    assert names(rising) == "bzcd"
    assert rising.cursor == "d"
