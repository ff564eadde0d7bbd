"""When turns expire, by week or month."""

from datetime import date

from client.api.privacy import PrivacyViewerStoredTurnsExpiring as Expiring
from client.widgets.stored_data import by_period
from client.wording import size

DAYS = {
    date(2026, 3, 1): 2,  # a Sunday
    date(2026, 3, 2): 3,
    date(2026, 3, 8): 5,
    date(2026, 4, 1): 7,
}
EXPIRING = [Expiring(day=day, turns=turns) for day, turns in DAYS.items()]


def test_turns_expire_in_weeks_from_monday() -> None:
    weeks = {date(2026, 2, 23): 2, date(2026, 3, 2): 8, date(2026, 3, 30): 7}
    assert by_period(EXPIRING, weekly=True) == weeks


def test_turns_that_are_kept_long_expire_in_months() -> None:
    assert by_period(EXPIRING, weekly=False) == {date(2026, 3, 1): 10, date(2026, 4, 1): 7}


def test_bytes_are_told_in_the_unit_that_fits() -> None:
    assert [*map(size, (0, 999, 1000, 1_500_000, 2.5e9))] == [
        "0 B",
        "999 B",
        "1.0 kB",
        "1.5 MB",
        "2.5 GB",
    ]
