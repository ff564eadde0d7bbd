"""A time zone's clock in the form that queries take, because warehouses know different zones."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

SECOND = 1_000_000
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Season:
    """A period in which a zone's clock is ahead of UTC by a constant `shift`: from `since` until before
    `until`. All are in microseconds."""

    since: int
    until: int
    shift: int


def seasons(zone: str, since: int, until: int) -> list[Season]:
    """The seasons of a zone in IANA's database between two times in microseconds since 1970."""
    place = ZoneInfo(zone)
    at, end = since // SECOND, until // SECOND
    starts = [since]
    while at < end:
        later = min(at + DAY, end)
        if _shift(place, later) != _shift(place, at):
            starts.append(_change(place, at, later) * SECOND)
        at = later
    return [
        Season(first, after, _shift(place, first // SECOND) * SECOND)
        for first, after in pairwise([*starts, until])
        if first < after
    ]


def _change(place: ZoneInfo, before: int, after: int) -> int:
    """The first second between the two that has the shift of `after`."""
    wanted = _shift(place, after)
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (before, middle) if _shift(place, middle) == wanted else (middle, after)
    return after


def _shift(place: ZoneInfo, at: int) -> int:
    """Seconds ahead of UTC at a second since 1970."""
    ahead = datetime.fromtimestamp(at, UTC).astimezone(place).utcoffset() or timedelta()
    return int(ahead.total_seconds())
