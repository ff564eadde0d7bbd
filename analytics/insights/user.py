"""What one user did."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analytics.insights.figures import CANDIDATES, MODELS, TOPICS, Day, ModelFigures, Percentiles
from analytics.topics.listing import without_parts
from analytics.warehouse.port import Parameter, Warehouse


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
class UserTurns:
    """The turns of a user in a span that count: without those of some sessions, and without some turns, given
    as (session, turn)."""

    uid: str
    span: Span
    without_sessions: Sequence[str] = ()
    without_turns: Sequence[tuple[str, str]] = ()

    @property
    def parameters(self) -> dict[str, Parameter]:
        """The query parameters."""
        return {
            "uid": self.uid,
            **self.span.parameters,
            "without_sessions": list(self.without_sessions),
            "without_turns": ["/".join(place) for place in self.without_turns],
        }


@dataclass(frozen=True, slots=True)
class Topic:
    """A key phrase of what a user asked, and how often they asked about it."""

    topic: str
    turns: int
    sessions: int


@dataclass(frozen=True, slots=True)
class Regenerations:
    """How often turns of one model and style were asked again: for another answer (`regenerations`), or with
    an edited question. The model or style is None if the turns do not name one."""

    model: str | None
    response_style: str | None
    turns: int
    regenerations: int
    edits: int


@dataclass(frozen=True, slots=True)
class UserInsights:
    """What one user did. Topics start with the most frequent, days with the earliest, models and
    regenerations with those that have the most turns."""

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


async def of_user(warehouse: Warehouse, turns: UserTurns) -> UserInsights:
    """The insights of some turns of a user."""
    parameters = turns.parameters
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
        response_times=Percentiles.of(totals),
        models=[_model_of_user(row) for row in models],
        regenerations=[Regenerations(**row) for row in regenerations],
        topics=told("frequent"),
        returned_topics=told("returned"),
        days=[Day(row["day"], row["turns"]) for row in days],
    )


def _model_of_user(row: Mapping[str, Any]) -> ModelFigures:
    return ModelFigures(
        model=row["model"],
        turns=row["turns"],
        users=None,
        good=row["good"],
        bad=row["bad"],
        response_times=Percentiles.of(row),
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
    )
