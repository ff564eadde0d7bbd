"""Archives sessions over the limit, which an import may exceed only while it runs."""

from collections.abc import Sequence

from resolvers.sessions.capacity import archiving
from resolvers.sessions.sessions import changes
from resolvers.transfer.importing.report import ITEMS, ImportReport
from resolvers.transfer.importing.state import Import
from stores.keys import profile_key
from stores.ports import Position, SessionQuery, Update, Window
from stores.records import Session

AT_ONCE = 100
UNPINNED = SessionQuery(status="active", pinned=False)


async def make_room(work: Import) -> None:
    """Archive the least recently active unpinned sessions until no more than the maximum are active; raises
    `Refused` and `Busy`."""
    if work.report.dry_run:
        await _rehearse(work)
        return
    while archived := await work.ctx.settle(lambda: _archive_some(work)):
        _tell(work.report, [session.session_id for session in reversed(archived)])


async def _archive_some(work: Import) -> Sequence[Session]:
    ctx, owner = work.ctx, profile_key(work.ctx.uid)
    profile = (await work.fresh(owner)).get(owner)
    limit = ctx.configuration.session_management.max_sessions_per_user
    excess = profile.active_count - limit if profile else 0
    if profile is None or excess <= 0:
        return []
    part = Window(min(excess, AT_ONCE), from_end=True)
    victims = await ctx.store.list_sessions(ctx.uid, part, UNPINNED)
    if not victims:
        return []
    moved = {"active_count": -len(victims), "archived_count": len(victims)}
    await ctx.commit(
        [
            # The update requires the count that was read, so that two writers don't both archive for it.
            Update(owner, increase=moved, unchanged_since=profile.update_time),
            *(archiving(ctx, victim) for victim in victims),
        ],
        [change for victim in victims for change in changes(victim)],
    )
    return victims


async def _rehearse(work: Import) -> None:
    """Report which sessions would be archived, among those that exist and those that would be added."""
    ctx, owner = work.ctx, profile_key(work.ctx.uid)
    profile = (await work.fresh(owner)).get(owner)
    limit = ctx.configuration.session_management.max_sessions_per_user
    excess = (profile.active_count if profile else 0) + work.added_active - limit
    if excess <= 0:
        return
    victims: list[Position] = [
        (active, key) for key, (active, pinned) in work.active.items() if not pinned
    ]
    needed = excess
    part = Window(AT_ONCE, from_end=True)
    while needed > 0 and (found := await ctx.store.list_sessions(ctx.uid, part, UNPINNED)):
        others = [each for each in found if each.session_id not in work.active]
        victims += [(each.last_active, each.session_id) for each in others]
        needed -= len(others)
        part = Window(AT_ONCE, before=(found[0].last_active, found[0].session_id), from_end=True)
    _tell(work.report, [key for _, key in sorted(victims)[:excess]])


def _tell(report: ImportReport, archived: Sequence[str]) -> None:
    report.archived += len(archived)
    report.archived_sessions += archived[: ITEMS - len(report.archived_sessions)]
