"""What all users did, for administrators."""

from analytics.insights.service import ServiceInsights, WholeDays, of_service
from resolvers.audit import audit
from resolvers.context import Context
from resolvers.errors import Forbidden
from resolvers.input_limits import microseconds, moment
from resolvers.insights.ranges import DateRange
from resolvers.lifetimes import lifetimes


async def service_insights(ctx: Context, wanted: DateRange) -> ServiceInsights:
    """The insights of the whole service, of the days that are over; raises `Refused`, and
    `Forbidden` for all but administrators."""
    if not ctx.viewer.is_admin:
        raise Forbidden
    wanted.check_whole_days()
    audit("administrator read", ctx.uid, what="insights")
    now = ctx.now()
    since, until = (
        moment(min(microseconds(at), now)).date() for at in (wanted.since, wanted.until)
    )
    kept = lifetimes(ctx.configuration, None, now).retention
    return await of_service(ctx.warehouse, WholeDays(since, until, kept))
