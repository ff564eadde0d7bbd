"""Insights: what the viewer did in a range of time and, for administrators, what all users did.

They are counted in the mirror, which may be behind. What it has not confirmed is what the viewer's
export marks and dead letters name: deletions among that are left out of the count at once, additions
come later, and the answer says since when.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from analytics.insights import (
    ServiceInsights,
    Span,
    UserInsights,
    WholeDays,
    of_service,
    of_user,
)
from resolvers.audit import audit
from resolvers.context import Context
from resolvers.errors import Busy, Forbidden
from resolvers.input_limits import EPOCH, Checks, microseconds, moment
from resolvers.lifetimes import DAY, lifetimes
from resolvers.sessions.sessions import limits
from stores.keys import erasure_key, profile_key, session_key
from stores.mirror_records import Change
from stores.ports import Snapshot, readable

RANGE_DAYS = 366
MARKS = 2000
"""With more unconfirmed changes than this nothing is told: a deletion could be among the others."""


@dataclass(frozen=True, slots=True)
class DateRange:
    """From `since` on until before `until`."""

    since: datetime
    until: datetime

    def check(self) -> None:
        """Raise `Refused` unless it is a range of at most 366 days."""
        with Checks() as checks:
            for name, time in (("since", self.since), ("until", self.until)):
                if time.tzinfo is None:
                    checks.refuse(f"{name} has no time zone; add 'Z' or an offset.", "range", name)
                elif time < EPOCH:
                    checks.refuse(f"{name} must not be before 1970.", "range", name)
        with Checks() as checks:
            if self.until < self.since:
                checks.refuse("until must not be before since.", "range", "until")
            elif self.until - self.since > timedelta(days=RANGE_DAYS):
                checks.refuse(
                    f"The range has more than {RANGE_DAYS} days; ask for a shorter one.",
                    "range",
                    "until",
                )

    def check_whole_days(self) -> None:
        """Raise `Refused` unless it is such a range of whole days in UTC."""
        self.check()
        with Checks() as checks:
            for name, at in (("since", self.since), ("until", self.until)):
                if microseconds(at) % DAY:
                    checks.refuse(
                        f"{name} must be the beginning of a day in UTC, such as "
                        "2026-03-01T00:00:00Z.",
                        "range",
                        name,
                    )

    def span(self, kept_since: int) -> Span:
        """The turns of the range that are kept."""
        return Span(microseconds(self.since), microseconds(self.until), kept_since)


@dataclass(frozen=True, slots=True)
class ViewerInsights:
    """What the viewer did, as far as the mirror knows it: everything committed up to `fresh_as_of`,
    in microseconds, is counted, and of the `pending` changes since then what was deleted."""

    figures: UserInsights
    fresh_as_of: int
    pending: int


async def viewer_insights(ctx: Context, wanted: DateRange) -> ViewerInsights:
    """The viewer's own insights; raises `Refused`, `Busy` while too much is unconfirmed, and
    `Unreadable` where nobody knows what is."""
    wanted.check()
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
    span = wanted.span(limits(ctx, known.get(owner)).retention)
    begun = known.get(erasure)
    if begun is not None and begun.finished_at is None:
        span = Span(0, 0, 0)
    figures = await of_user(
        ctx.warehouse,
        ctx.uid,
        span,
        await _gone(ctx, changes),
        [(c.session_id, c.conversation_id) for c in changes if c.conversation_id and c.forget],
    )
    return ViewerInsights(
        figures,
        fresh_as_of=min((time - 1 for time in waiting_since), default=now),
        pending=len(waiting_since),
    )


async def _gone(ctx: Context, changes: Sequence[Change]) -> list[str]:
    """The sessions among what changed that the viewer does not see any more."""
    ids = sorted({change.session_id for change in changes if change.session_id})
    keys = [session_key(ctx.uid, session_id) for session_id in ids]
    live = await ctx.store.get(keys) if keys else Snapshot([])
    return [key.id for key in keys if (found := live.get(key)) is None or found.temporary]


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
