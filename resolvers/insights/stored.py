"""The number and size of the viewer's stored turns, and when they expire."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from analytics.insights.stored import stored_days
from resolvers.context import Context
from resolvers.insights.viewer import counted_turns
from resolvers.lifetimes import DAY
from resolvers.preferences.effective import retention_days
from stores.keys import profile_key


@dataclass(frozen=True, slots=True)
class StoredTurns:
    """The viewer's turns that are neither expired, nor in the trash, nor in temporary sessions, as far as
    the mirror has them: see `Counted`."""

    turns: int
    text_bytes: int
    """The size of questions, answers and comments, in UTF-8."""
    days_kept: int
    """How long turns are kept, by the preferences in force."""
    expiring: Sequence[tuple[date, int]]
    """How many turns expire on each day (UTC), the earliest day first."""
    fresh_as_of: int
    pending: int


async def stored_turns(ctx: Context) -> StoredTurns:
    """The turns stored now; raises what `counted_turns` raises."""
    counted = await counted_turns(ctx, 0, ctx.now() + 2 * DAY)
    owner = profile_key(ctx.uid)
    kept = retention_days(ctx.configuration, (await ctx.read(owner)).get(owner))
    days = await stored_days(ctx.warehouse, counted.turns)
    return StoredTurns(
        sum(each.turns for each in days),
        sum(each.text_bytes for each in days),
        kept,
        [(each.day + timedelta(days=kept), each.turns) for each in days],
        counted.fresh_as_of,
        counted.pending,
    )
