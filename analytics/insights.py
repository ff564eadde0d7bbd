"""How the service was used in a period, by one user or by all users, according to the mirror."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from analytics.topics.listing import without_parts
from analytics.warehouse.port import Parameter, Warehouse

TOPICS = 10
"""How many topics are reported at most."""
CANDIDATES = 5 * TOPICS
"""How many are looked at, because some are parts of others."""
MODELS = 20
"""How many models are reported."""
_EPOCH = date(1970, 1, 1).toordinal()
_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Span:
    """Turns with timestamps from `since` to before `until` that were recorded at `kept_since` or
    later. All times are in microseconds."""

    since: int
    until: int
    kept_since: int

    @property
    def parameters(self) -> dict[str, Parameter]:
        """The query parameters."""
        return {"since": self.since, "until": self.until, "kept_since": self.kept_since}


@dataclass(frozen=True, slots=True)
class WholeDays:
    """Turns of the days (UTC) from `since` until before `until` that were recorded at `kept_since` or
    later, in microseconds."""

    since: date
    until: date
    kept_since: int

    @property
    def parameters(self) -> dict[str, Parameter]:
        """As the queries take them, with the months that the days lie in."""
        after = self.until + timedelta(days=31) if self.until.day > 1 else self.until
        return {
            "since": _midnight(self.since),
            "until": _midnight(self.until),
            "months_since": _midnight(self.since.replace(day=1)),
            "months_until": _midnight(after.replace(day=1)),
            "kept_since": self.kept_since,
        }


def _midnight(day: date) -> int:
    return (day.toordinal() - _EPOCH) * _DAY


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Percentiles of the response time, in milliseconds."""

    p50: int
    p95: int
    p99: int


@dataclass(frozen=True, slots=True)
class Day:
    """A day (UTC) with turns; `users` is set only in the figures about all users."""

    day: date
    turns: int
    users: int | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    """A key phrase of what a user asked, and how often they asked about it."""

    topic: str
    turns: int
    sessions: int


@dataclass(frozen=True, slots=True)
class CommonTopic:
    """A topic of several users. `returning_users` is None if there are too few of them."""

    topic: str
    users: int
    turns: int
    returning_users: int | None


@dataclass(frozen=True, slots=True)
class ModelFigures:
    """Turns that one model answered. None is what no turn tells and, where it is about all users
    (`users` is set), what would be about too few of them."""

    model: str
    turns: int
    users: int | None
    good: int | None
    bad: int | None
    response_times: Percentiles | None
    input_tokens: int | None
    output_tokens: int | None


@dataclass(frozen=True, slots=True)
class Regenerations:
    """How often turns of one model and style were asked again: for another answer (`regenerations`), or
    with an edited question. None is a model or style that the turns do not tell."""

    model: str | None
    response_style: str | None
    turns: int
    regenerations: int
    edits: int


@dataclass(frozen=True, slots=True)
class UserInsights:
    """What one user did. Topics have the most frequent first, days the earliest, models and
    regenerations those with most turns."""

    sessions: int
    turns: int
    asked_again: int
    """Turns that replace another."""
    good: int
    bad: int
    response_times: Percentiles | None
    models: Sequence[ModelFigures]
    regenerations: Sequence[Regenerations]
    topics: Sequence[Topic]
    returned_topics: Sequence[Topic]
    days: Sequence[Day]


@dataclass(frozen=True, slots=True)
class ServiceInsights:
    """What all users did. Figures about too few users are None or left out.

    No difference of two is about too few either: numbers of users are rounded down, and everything
    else is a sum of groups that no range takes apart. Topics are those of users who let analysts see
    what they ask. `latest_change` is the day (UTC) of the latest version that was counted.
    """

    users: int | None
    sessions: int | None
    turns: int | None
    good: int | None
    bad: int | None
    response_times: Percentiles | None
    models: Sequence[ModelFigures]
    topics: Sequence[CommonTopic]
    returned_topics: Sequence[CommonTopic]
    days: Sequence[Day]
    latest_change: date | None


async def of_user(
    warehouse: Warehouse,
    uid: str,
    span: Span,
    without_sessions: Sequence[str],
    without_turns: Sequence[tuple[str, str]],
) -> UserInsights:
    """A user's insights, leaving out some sessions and some turns, given as (session, turn)."""
    parameters: dict[str, Parameter] = {
        "uid": uid,
        **span.parameters,
        "without_sessions": list(without_sessions),
        "without_turns": ["/".join(place) for place in without_turns],
    }
    (totals,), days, topics, models, regenerations = await asyncio.gather(
        warehouse.query("viewer_totals", parameters),
        warehouse.query("viewer_days", parameters),
        warehouse.query("viewer_topics", {**parameters, "limit": CANDIDATES}),
        warehouse.query("viewer_models", {**parameters, "limit": MODELS}),
        warehouse.query("viewer_regenerations", {**parameters, "limit": MODELS}),
    )

    def told(flag: str) -> list[Topic]:
        found = [Topic(r["topic"], r["turns"], r["sessions"]) for r in topics if r[flag]]
        return without_parts(found)[:TOPICS]

    return UserInsights(
        sessions=totals["sessions"],
        turns=totals["turns"],
        asked_again=totals["asked_again"],
        good=totals["good"],
        bad=totals["bad"],
        response_times=_percentiles(totals),
        models=[_model_of_user(row) for row in models],
        regenerations=[Regenerations(**row) for row in regenerations],
        topics=told("frequent"),
        returned_topics=told("returned"),
        days=[Day(row["day"], row["turns"]) for row in days],
    )


async def of_service(warehouse: Warehouse, days: WholeDays) -> ServiceInsights:
    """The insights of all mirrored users but guests."""
    rows, topics = await asyncio.gather(
        warehouse.query("service_figures", days.parameters),
        warehouse.query("service_topics", {**days.parameters, "limit": CANDIDATES}),
    )
    totals: dict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for row in rows:
        if row["day"] is None:
            totals[row["model"]][row["measure"]] = row
    of_all = totals.pop("", {})
    amounts = _amounts(of_all)
    turns = of_all.get("turns")
    models = [
        _model_of_service(model, found) for model, found in totals.items() if "turns" in found
    ]
    models.sort(key=lambda each: (-each.turns, each.model))
    common = [
        CommonTopic(row["topic"], row["users"], row["turns"], row["returning_users"])
        for row in topics
    ]
    returned = [topic for topic in common if topic.returning_users]
    common.sort(key=lambda topic: (-topic.users, -topic.turns, topic.topic))
    returned.sort(key=lambda topic: (-(topic.returning_users or 0), -topic.turns, topic.topic))
    return ServiceInsights(
        users=turns["users"] if turns else None,
        sessions=amounts.get("sessions"),
        turns=amounts.get("turns"),
        good=amounts.get("good"),
        bad=amounts.get("bad"),
        response_times=_rounded(_percentiles(of_all.get("timed", {}))),
        models=models[:MODELS],
        topics=without_parts(common)[:TOPICS],
        returned_topics=without_parts(returned)[:TOPICS],
        days=[Day(row["day"], row["amount"], row["users"]) for row in rows if row["day"]],
        latest_change=date.fromordinal(_EPOCH + turns["latest_change"] // _DAY) if turns else None,
    )


def _model_of_user(row: Mapping[str, Any]) -> ModelFigures:
    return ModelFigures(
        model=row["model"],
        turns=row["turns"],
        users=None,
        good=row["good"],
        bad=row["bad"],
        response_times=_percentiles(row),
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
    )


def _model_of_service(model: str, found: Mapping[str, Mapping[str, Any]]) -> ModelFigures:
    amounts = _amounts(found)
    return ModelFigures(
        model=model,
        turns=amounts["turns"],
        users=found["turns"]["users"],
        good=amounts.get("good"),
        bad=amounts.get("bad"),
        response_times=_rounded(_percentiles(found.get("timed", {}))),
        input_tokens=amounts.get("read"),
        output_tokens=amounts.get("written"),
    )


def _amounts(found: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    return {measure: row["amount"] for measure, row in found.items()}


def _rounded(times: Percentiles | None) -> Percentiles | None:
    """To two digits: what is told exactly could be the time of one answer."""
    if times is None:
        return None
    return Percentiles(*(int(float(f"{each:.2g}")) for each in (times.p50, times.p95, times.p99)))


def _percentiles(totals: Mapping[str, Any]) -> Percentiles | None:
    if totals.get("p50_ms") is None:
        return None
    return Percentiles(totals["p50_ms"], totals["p95_ms"], totals["p99_ms"])
