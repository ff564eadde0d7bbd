"""When one user asked about what, their longest sessions, and unanswered turns: one query each."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from itertools import chain

from analytics.insights.figures import Day
from analytics.insights.local_time import seasons
from analytics.insights.user import UserTurns
from analytics.warehouse.port import Warehouse

COLOURS = 5
"""How many topics the weeks are divided by, ten at most; a chart can't distinguish more than a few."""
LISTED = 10
"""How many sessions and questions are listed at most."""


@dataclass(frozen=True, slots=True)
class Week:
    """A week (UTC) with turns, by its Monday. Each turn counts for one of the `topics` at most."""

    monday: date
    turns: int
    topics: Sequence[tuple[str, int]]
    """The topics in the order asked for, each with its turns; those without turns are left out."""


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour of the week with turns: `weekday` from 0 (Monday) to 6, `hour` from 0 to 23."""

    weekday: int
    hour: int
    turns: int


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Turns without an answer: how many, and the places (session, turn) of the latest."""

    total: int
    places: Sequence[tuple[str, str]]


async def weeks(
    warehouse: Warehouse, turns: UserTurns, days: Sequence[Day], topics: Sequence[str]
) -> list[Week]:
    """The weeks that contain the `days` with turns, divided by the first few topics; the earliest first."""
    wanted = list(topics[:COLOURS])
    places = [f"{place} {topic}" for place, topic in enumerate(wanted)]
    rows = (
        await warehouse.query("viewer_topic_weeks", {**turns.parameters, "topics": places})
        if places
        else []
    )
    about: dict[date, dict[str, int]] = defaultdict(dict)
    for row in rows:
        about[row["week"]][row["topic"]] = row["turns"]
    all_turns: Counter[date] = Counter()
    for each in days:
        all_turns[each.day - timedelta(days=each.day.weekday())] += each.turns
    return [
        Week(monday, total, [(t, about[monday][t]) for t in wanted if t in about[monday]])
        for monday, total in sorted(all_turns.items())
    ]


async def hours(warehouse: Warehouse, turns: UserTurns, zone: str) -> list[Hour]:
    """The hours of the week with turns, by the clock of a time zone in IANA's database."""
    found = await asyncio.gather(
        *(
            warehouse.query("viewer_hours", {**turns.parameters, **asdict(season)})
            for season in seasons(zone, turns.span.since, turns.span.until)
        )
    )
    asked: Counter[tuple[int, int]] = Counter()
    for row in chain.from_iterable(found):
        asked[row["weekday"], row["hour_of_day"]] += row["turns"]
    return [Hour(*place, asked[place]) for place in sorted(asked)]


async def longest_sessions(warehouse: Warehouse, turns: UserTurns) -> list[tuple[str, int]]:
    """The ids of the sessions with the most turns, and how many each has."""
    rows = await warehouse.query("viewer_sessions", {**turns.parameters, "limit": LISTED})
    return [(row["session_id"], row["turns"]) for row in rows]


async def unanswered(warehouse: Warehouse, turns: UserTurns) -> Unanswered:
    """The turns that have no answer."""
    rows = await warehouse.query("viewer_unanswered", {**turns.parameters, "limit": LISTED})
    places = [(row["session_id"], row["conversation_id"]) for row in rows]
    return Unanswered(rows[0]["total"] if rows else 0, places)
