"""Sessions grouped by the day they were last active, as the person at the screen counts days."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

T = TypeVar("T")

UTC = "UTC"


def zone(name: str | None) -> ZoneInfo:
    """The time zone of that name, or UTC where it is not known."""
    try:
        return ZoneInfo(name or UTC)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(UTC)


def label(moment: datetime, now: datetime) -> str:
    """The group a moment falls in: Today, Yesterday, …; both are in the person's zone."""
    days = (now.date() - moment.date()).days
    if days <= 0:
        return "Today"
    if days == 1:
        return "Yesterday"
    if days <= 7:
        return "Previous 7 days"
    if days <= 30:
        return "Previous 30 days"
    return f"{moment:%B %Y}" if moment.year == now.year else f"{moment:%Y}"


def by_day(
    rows: Iterable[T], moment: Callable[[T], datetime], now: datetime
) -> list[tuple[str, list[T]]]:
    """Rows in groups, in the order they came; `now` is in the person's zone."""

    def group(row: T) -> str:
        return label(moment(row).astimezone(now.tzinfo), now)

    return [(name, list(members)) for name, members in groupby(rows, group)]


def clock(moment: datetime, now: datetime) -> str:
    """A moment as people write it: the time alone today, else with its day."""
    local = moment.astimezone(now.tzinfo)
    if now - local < timedelta(days=1) and local.date() == now.date():
        return f"{local:%H:%M}"
    return f"{local:%d %b %Y, %H:%M}"
