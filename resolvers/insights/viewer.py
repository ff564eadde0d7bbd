"""The viewer's activity in a range of time."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from analytics.insights.user import Span, UserInsights, UserTurns, of_user
from resolvers.context import Context
from resolvers.errors import Busy
from resolvers.input_limits import microseconds
from resolvers.insights.ranges import DateRange
from resolvers.sessions.sessions import limits
from stores.keys import erasure_key, profile_key, session_key
from stores.mirror_records import Change
from stores.ports import Snapshot, readable

MARKS = 2000
"""With more unconfirmed changes than this no figures are given: there might be deletions among the others."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The viewer's turns as far as the mirror has them. Everything committed up to `fresh_as_of`, in
    microseconds, is counted; of the `pending` changes since then, only deletions are taken into account."""

    turns: UserTurns
    fresh_as_of: int
    pending: int


@dataclass(frozen=True, slots=True)
class ViewerInsights:
    """The viewer's activity in the turns `counted`; the rest is as in `Counted`."""

    figures: UserInsights
    counted: UserTurns
    fresh_as_of: int
    pending: int


async def viewer_insights(ctx: Context, wanted: DateRange) -> ViewerInsights:
    """The viewer's own insights; raises `Refused`, and what `counted_turns` raises."""
    wanted.check()
    since, until = microseconds(wanted.since), microseconds(wanted.until)
    counted = await counted_turns(ctx, since, until)
    return ViewerInsights(
        await of_user(ctx.warehouse, counted.turns),
        counted.turns,
        counted.fresh_as_of,
        counted.pending,
    )


async def counted_turns(ctx: Context, since: int, until: int) -> Counted:
    """The viewer's turns from `since` to `until` (exclusive), in microseconds. Raises `Busy` while too many
    changes are unconfirmed, and `Unreadable` if a record that names such changes can't be read."""
    now = ctx.now()
    marks, letters = await asyncio.gather(
        ctx.store.list_marks(ctx.uid, MARKS + 1), ctx.store.list_dead_letters(ctx.uid, MARKS + 1)
    )
    if len(marks) + len(letters) > MARKS:
        raise Busy
    owner, erasure = profile_key(ctx.uid), erasure_key(ctx.uid)
    known = await ctx.store.get([owner, erasure])
    known_marks, known_letters = [*map(readable, marks)], [*map(readable, letters)]
    changes = [change for mark in known_marks for change in mark.changes]
    changes += [letter.change for letter in known_letters]
    waiting_since = [mark.update_time for mark in known_marks]
    waiting_since += [each.marked_at for each in known_letters]
    span = Span(since, until, limits(ctx, known.get(owner)).retention)
    begun = known.get(erasure)
    if begun is not None and begun.finished_at is None:
        span = Span(0, 0, 0)
    return Counted(
        UserTurns(
            ctx.uid,
            span,
            await _gone(ctx, changes),
            [(c.session_id, c.conversation_id) for c in changes if c.conversation_id and c.forget],
        ),
        fresh_as_of=min((time - 1 for time in waiting_since), default=now),
        pending=len(waiting_since),
    )


async def _gone(ctx: Context, changes: Sequence[Change]) -> list[str]:
    """The sessions among these changes that the viewer no longer sees."""
    ids = sorted({change.session_id for change in changes if change.session_id})
    keys = [session_key(ctx.uid, session_id) for session_id in ids]
    live = await ctx.store.get(keys) if keys else Snapshot([])
    return [key.id for key in keys if (found := live.get(key)) is None or found.temporary]
