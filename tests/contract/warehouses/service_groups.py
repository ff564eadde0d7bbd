"""The turns that count in a figure about all users, computed in Python: groups that no range splits."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta

from analytics.insights.service import WholeDays
from analytics.warehouse.rows import ConversationRow
from tests.contract.warehouses.analysts_seed import K, day

MEASURES: Mapping[str, Callable[[ConversationRow], bool]] = {
    "turns": lambda row: True,
    "good": lambda row: row.feedback_score == 1,
    "bad": lambda row: row.feedback_score == 0,
    "timed": lambda row: row.response_time_ms is not None,
    "read": lambda row: row.input_tokens is not None,
    "written": lambda row: row.output_tokens is not None,
}


def by_failure(rows: Iterable[ConversationRow]) -> dict[str | None, list[ConversationRow]]:
    """The turns whose answer failed for each reason."""
    found: dict[str | None, list[ConversationRow]] = defaultdict(list)
    for row in rows:
        if row.failed:
            found[row.failure].append(row)
    return found


def by_model(rows: Iterable[ConversationRow]) -> dict[str, list[ConversationRow]]:
    """The turns that each model answered."""
    found: dict[str, list[ConversationRow]] = defaultdict(list)
    for row in rows:
        if row.model is not None:
            found[row.model].append(row)
    return found


def groups(rows: Iterable[ConversationRow]) -> list[tuple[date, date, list[ConversationRow]]]:
    """The first day, the day after the last, and the turns of each group: a day with enough users, or the
    other days of a month if they have enough users together."""
    days: dict[date, list[ConversationRow]] = defaultdict(list)
    for row in rows:
        days[day(row)].append(row)
    months: dict[date, list[ConversationRow]] = defaultdict(list)
    found = []
    for name, of_day in days.items():
        if enough(of_day):
            found.append((name, name + timedelta(days=1), of_day))
        else:
            months[name.replace(day=1)] += of_day
    for name, of_month in months.items():
        if enough(of_month):
            found.append((name, (name + timedelta(days=31)).replace(day=1), of_month))
    return found


def counted(rows: Iterable[ConversationRow], wanted: WholeDays) -> list[ConversationRow]:
    """The turns of the groups that lie completely in a range."""
    return [
        row
        for first, after, group in groups(rows)
        if wanted.since <= first and after <= wanted.until
        for row in group
    ]


def opening(rows: Iterable[ConversationRow]) -> list[ConversationRow]:
    """The first turn of each session in each month."""
    first: dict[tuple[str, str, date], ConversationRow] = {}
    for row in sorted(rows, key=lambda each: (each.timestamp, each.conversation_id)):
        first.setdefault((row.uid, row.session_id, day(row).replace(day=1)), row)
    return list(first.values())


def enough(rows: Sequence[ConversationRow]) -> bool:
    return len({row.uid for row in rows}) >= K


def rounded_down(rows: Iterable[ConversationRow]) -> int:
    """The number of users of turns, rounded down to a multiple of the smallest group's size."""
    return K * (len({row.uid for row in rows}) // K)
