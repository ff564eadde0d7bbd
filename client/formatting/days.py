"""Groups sessions by the day they were last active, in the user's time zone."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from client.wording import _, month, short_day, time_of_day
from client.wording import day as full_day

T = TypeVar("T")

UTC = "UTC"


def zone(name: str | None) -> ZoneInfo:
    """The time zone with that name, or UTC if it is unknown."""
    try:
        return ZoneInfo(name or UTC)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(UTC)


def label(moment: datetime, now: datetime) -> str:
    """The group that a moment belongs to: Today, Yesterday, …; both times are in the user's zone."""
    days = (now.date() - moment.date()).days
    if days <= 0:
        return _("Today")
    if days == 1:
        return _("Yesterday")
    if days <= 7:
        return _("Previous 7 days")
    if days <= 30:
        return _("Previous 30 days")
    return month(moment) if moment.year == now.year else f"{moment:%Y}"


def day_name(day: date, now: datetime) -> str:
    """A day in words: Today, Yesterday, or its weekday and date."""
    days = (now.date() - day).days
    return {0: _("Today"), 1: _("Yesterday")}.get(days) or full_day(day)


def by_day(
    rows: Iterable[T], moment: Callable[[T], datetime], now: datetime
) -> list[tuple[str, list[T]]]:
    """Rows in groups, in the given order; `now` is in the user's zone."""

    def group(row: T) -> str:
        return label(moment(row).astimezone(now.tzinfo), now)

    return [(name, list(members)) for name, members in groupby(rows, group)]


def clock(moment: datetime, now: datetime) -> str:
    """A moment in words: only the time if it is today, else with the date."""
    local = moment.astimezone(now.tzinfo)
    if now - local < timedelta(days=1) and local.date() == now.date():
        return time_of_day(local)
    return f"{short_day(local)}, {time_of_day(local)}"
