"""The clock of a time zone as it is passed to queries."""

from datetime import UTC, datetime

import pytest

from analytics.insights.local_time import Season, seasons

HOUR = 3600 * 10**6


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 10**6


def test_a_season_begins_at_the_very_second() -> None:
    assert seasons("Europe/Berlin", at("2026-01-01"), at("2027-01-01")) == [
        Season(at("2026-01-01"), at("2026-03-29T01:00"), HOUR),
        Season(at("2026-03-29T01:00"), at("2026-10-25T01:00"), 2 * HOUR),
        Season(at("2026-10-25T01:00"), at("2027-01-01"), HOUR),
    ]


def test_an_empty_span_has_no_season() -> None:
    now = at("2026-03-29T01:00")
    assert seasons("Europe/Berlin", now, now) == []


@pytest.mark.parametrize(
    ("zone", "shift"), [("America/St_Johns", -3.5), ("Asia/Kolkata", 5.5), ("UTC", 0)]
)
def test_a_clock_can_be_behind_and_half_an_hour_off(zone: str, shift: float) -> None:
    (found,) = seasons(zone, at("2026-01-01"), at("2026-01-02") + 1)
    assert found == Season(at("2026-01-01"), at("2026-01-02") + 1, int(shift * HOUR))
