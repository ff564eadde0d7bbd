"""When a user's mails are due: at the configured hour and weekday, in the user's own time zone."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from resolvers.configuration import WEEKDAYS, Notifications
from stores.choices import NotificationSettings, SummaryFrequency
from stores.mail_records import MailKind
from stores.ports import DueTime

TIMES: Mapping[MailKind, DueTime] = {"summary": "summary_due_at", "reminder": "reminder_due_at"}
"""The field of a profile that says when the next mail of a kind is due."""
SWITCH, FREQUENCY = "email_summaries", "summary_frequency"
"""Two fields for one choice: the switch of an earlier release, and the frequency."""


@cache
def time_zones() -> frozenset[str]:
    """The names in IANA's time zone database, without `localtime`, which some machines add."""
    return frozenset(available_timezones() - {"localtime", "Factory"})


def is_time_zone(name: str) -> bool:
    """Whether a name is in IANA's time zone database."""
    return name in time_zones()


def frequency(choices: NotificationSettings) -> SummaryFrequency | None:
    """How often a user chose to get summaries; the switch of an earlier release meant weekly."""
    if choices.summary_frequency is None and choices.email_summaries is not None:
        return _meant(choices.email_summaries)
    return choices.summary_frequency


def one_frequency(patch: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same change of preferences with the frequency in place of the switch. Any change of either also
    removes a stored switch."""
    group = patch.get("notification_settings")
    if not group or not {SWITCH, FREQUENCY} & group.keys():
        return patch
    switch = group.get(SWITCH)
    chosen = group.get(FREQUENCY, None if switch is None else _meant(switch))
    return {**patch, "notification_settings": {**group, SWITCH: None, FREQUENCY: chosen}}


def _meant(switch: bool) -> SummaryFrequency:
    return "weekly" if switch else "off"


def local_day(time: int, zone: str) -> date:
    """The day at a time, in microseconds, in a zone."""
    return datetime.fromtimestamp(time // 1_000_000, UTC).astimezone(ZoneInfo(zone)).date()


def next_due(after: int, zone: str, rules: Notifications, *, weekly: bool) -> int:
    """The first time after `after` at which a mail is due; both in microseconds."""
    day = local_day(after, zone)
    while True:
        at = _at(day, zone, rules)
        if at > after and (not weekly or day.weekday() == WEEKDAYS.index(rules.weekday)):
            return at
        day += timedelta(days=1)


def last_due(until: int, zone: str, rules: Notifications, *, weekly: bool) -> int:
    """The last time up to `until` at which a mail was due."""
    day = local_day(until, zone) + timedelta(days=1)
    while True:
        at = _at(day, zone, rules)
        if at <= until and (not weekly or day.weekday() == WEEKDAYS.index(rules.weekday)):
            return at
        day -= timedelta(days=1)


def period_before(due: int, zone: str, rules: Notifications, *, weekly: bool) -> int:
    """When the day or week that ends at a due time began."""
    return _at(local_day(due, zone) - timedelta(days=7 if weekly else 1), zone, rules)


def _at(day: date, zone: str, rules: Notifications) -> int:
    local = datetime(day.year, day.month, day.day, rules.hour, tzinfo=ZoneInfo(zone))
    return int(local.timestamp()) * 1_000_000
