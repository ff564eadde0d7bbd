"""The activity of all users, for administrators."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from analytics.insights.activity import Activity, of_everybody
from analytics.insights.service import ServiceInsights, WholeDays, of_service
from resolvers.audit import audit
from resolvers.context import Context
from resolvers.errors import Forbidden
from resolvers.input_limits import microseconds, moment
from resolvers.insights.costs import cost
from resolvers.insights.ranges import DateRange
from resolvers.lifetimes import lifetimes

STATEMENTS = ("service_figures", "service_topics", "service_active_users")
"""The statements that the figures come from."""


@dataclass(frozen=True, slots=True)
class Everybody:
    """The activity of all users, and the SQL that counted it, by the statement's name."""

    figures: ServiceInsights
    costs: Mapping[str, float | None]
    """The cost of each model's tokens."""
    activity: Activity
    statements: dict[str, str]
    lag: int
    """How many seconds the mirror is behind."""
    fresh_as_of: int
    """Everything committed up to this time, in microseconds, is in the mirror."""


async def service_insights(ctx: Context, wanted: DateRange) -> Everybody:
    """The insights of the whole service, for the days that are over; raises `Refused`, and
    `Forbidden` unless the viewer is an administrator."""
    if not ctx.viewer.is_admin:
        raise Forbidden
    wanted.check_whole_days()
    audit("administrator read", ctx.uid, what="insights")
    now = ctx.now()
    since, until = (
        moment(min(microseconds(at), now)).date() for at in (wanted.since, wanted.until)
    )
    kept = lifetimes(ctx.configuration, None, now).retention
    days = WholeDays(since, until, kept)
    lag = ceil(await ctx.mirror_lag())
    figures, activity = await asyncio.gather(
        of_service(ctx.warehouse, days), of_everybody(ctx.warehouse, days)
    )
    return Everybody(
        figures,
        {each.model: cost(each, ctx.configuration.prices) for each in figures.models},
        activity,
        {name: ctx.warehouse.text(name) for name in STATEMENTS},
        lag,
        fresh_as_of=now - lag * 1_000_000,
    )
