"""Days in the user's own time zone."""

from datetime import UTC, datetime, timedelta

import pytest

from client.formatting.days import by_day, clock, day_name, label, zone

NOW = datetime(2026, 3, 10, 0, 30, tzinfo=zone("Asia/Tokyo"))


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (timedelta(minutes=-5), "Today"),
        (timedelta(minutes=20), "Today"),
        (timedelta(minutes=40), "Yesterday"),
        (timedelta(days=2), "Previous 7 days"),
        (timedelta(days=7), "Previous 7 days"),
        (timedelta(days=8), "Previous 30 days"),
        (timedelta(days=40), "January 2026"),
        (timedelta(days=100), "2025"),
    ],
)
def test_a_day_ends_at_the_persons_own_midnight(ago: timedelta, expected: str) -> None:
    assert label(NOW - ago, NOW) == expected


def test_sessions_keep_their_order_in_groups() -> None:
    moments = [NOW.astimezone(UTC) - timedelta(hours=hours) for hours in (0, 1, 2, 100)]

    assert by_day(moments, lambda moment: moment, NOW) == [
        ("Today", moments[:1]),
        ("Yesterday", moments[1:3]),
        ("Previous 7 days", moments[3:]),
    ]


def test_times_are_shown_in_the_persons_zone() -> None:
    assert clock(NOW.astimezone(UTC), NOW) == "00:30"
    assert clock(NOW.astimezone(UTC) - timedelta(hours=1), NOW) == "9 Mar 2026, 23:30"


def test_a_day_is_named_by_how_near_it_is_and_else_in_full() -> None:
    days = [NOW.date() - timedelta(days=ago) for ago in (0, 1, 2)]

    assert [day_name(day, NOW) for day in days] == ["Today", "Yesterday", "Sunday, 8 March 2026"]


@pytest.mark.parametrize("name", [None, "", "Nowhere/Land", "../etc/passwd", "Europe/Berlin\0"])
def test_an_unknown_zone_is_utc(name: str | None) -> None:
    assert zone(name).key == "UTC"
