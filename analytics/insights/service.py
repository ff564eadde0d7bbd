"""Figures about what all users did; none of them is about too few users."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from analytics.insights.figures import CANDIDATES, MODELS, TOPICS, Day, ModelFigures, Percentiles
from analytics.topics.listing import without_parts
from analytics.warehouse.port import Parameter, Warehouse

_EPOCH = date(1970, 1, 1).toordinal()
_DAY = 86_400_000_000
# The statement's names for what it measures.
_FAILED = "failed "
_NOT_TOLD = "not told"


@dataclass(frozen=True, slots=True)
class WholeDays:
    """Turns of the days (UTC) from `since` until before `until` that were recorded at `kept_since` or
    later, in microseconds."""

    since: date
    until: date
    kept_since: int

    @property
    def parameters(self) -> dict[str, Parameter]:
        """The query parameters, with the months that the days lie in."""
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
class CommonTopic:
    """A topic of several users. `returning_users` is None if there are too few of them."""

    topic: str
    users: int
    turns: int
    returning_users: int | None


@dataclass(frozen=True, slots=True)
class CommonFailure:
    """Turns of several users whose answer failed and has not arrived since. `failure` is the kind of reason;
    None if the writer did not name one."""

    failure: str | None
    users: int
    turns: int


@dataclass(frozen=True, slots=True)
class ServiceInsights:
    """What all users did. Figures about too few users are None or left out.

    The difference of two figures is not about too few either: numbers of users are rounded down, and every
    other figure is a sum over groups that no range splits. Topics are those of users who let analysts see
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
    failures: Sequence[CommonFailure]
    latest_change: date | None


async def of_service(warehouse: Warehouse, days: WholeDays) -> ServiceInsights:
    """The insights of all mirrored users except guests."""
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
        response_times=_rounded(Percentiles.of(of_all.get("timed", {}))),
        models=models[:MODELS],
        topics=without_parts(common)[:TOPICS],
        returned_topics=without_parts(returned)[:TOPICS],
        days=[Day(row["day"], row["amount"], row["users"]) for row in rows if row["day"]],
        failures=_failures(of_all),
        latest_change=date.fromordinal(_EPOCH + turns["latest_change"] // _DAY) if turns else None,
    )


def _model_of_service(model: str, found: Mapping[str, Mapping[str, Any]]) -> ModelFigures:
    amounts = _amounts(found)
    return ModelFigures(
        model=model,
        turns=amounts["turns"],
        users=found["turns"]["users"],
        good=amounts.get("good"),
        bad=amounts.get("bad"),
        response_times=_rounded(Percentiles.of(found.get("timed", {}))),
        input_tokens=amounts.get("read"),
        output_tokens=amounts.get("written"),
    )


def _failures(of_all: Mapping[str, Mapping[str, Any]]) -> list[CommonFailure]:
    """Each reason, those with the most turns first."""
    found = [
        CommonFailure(
            None if (why := measure.removeprefix(_FAILED)) == _NOT_TOLD else why,
            row["users"],
            row["amount"],
        )
        for measure, row in of_all.items()
        if measure.startswith(_FAILED)
    ]
    return sorted(found, key=lambda each: (-each.turns, each.failure or _NOT_TOLD))


def _amounts(found: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    return {measure: row["amount"] for measure, row in found.items()}


def _rounded(times: Percentiles | None) -> Percentiles | None:
    """Round to two digits: an exact figure could be the time of a single answer."""
    if times is None:
        return None
    return Percentiles(*(int(float(f"{each:.2g}")) for each in (times.p50, times.p95, times.p99)))
