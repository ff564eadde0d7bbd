"""How many sessions may be active: one more archives the least recently active that is not pinned."""

from dataclasses import dataclass

from resolvers.context import Context
from resolvers.errors import Code, Problem, Refused
from stores.keys import profile_key, session_key
from stores.ports import Create, SessionQuery, Update, Window, Write
from stores.records import Change, Profile, Session

AT_ONCE = 20
"""How many sessions are archived for one at most, where a lowered limit left too many."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What a commit that makes a session active writes beside it, and what the mirror hears of it."""

    writes: list[Write]
    changes: list[Change]
    archived: tuple[Session, ...] = ()


def new_profile(ctx: Context) -> Profile:
    """The profile of a viewer who has none yet."""
    return Profile(email=ctx.viewer.email, guest=ctx.viewer.is_guest, created_at=ctx.now())


def counting(ctx: Context, profile: Profile | None, **moved: int) -> Opening:
    """Change counters of the viewer's profile, which is created, and mirrored, if there is none."""
    key = profile_key(ctx.uid)
    moved = {name: by for name, by in moved.items() if by}
    if profile is not None:
        return Opening([Update(key, increase=moved)] if moved else [], [])
    created = new_profile(ctx).model_copy(update=moved)
    return Opening([Create(key, created)], [Change(kind="profile", at=created.created_at)])


async def opening(
    ctx: Context, profile: Profile | None, *, archived: int = 0, trash: int = 0
) -> Opening:
    """What it takes for one more session to be active; `archived` and `trash` are how their counts
    change where it comes from there.

    Raises `Refused` (LIMIT_EXCEEDED) where every active session is pinned.
    """
    limit = ctx.configuration.session_management.max_sessions_per_user
    excess = (profile.active_count if profile else 0) + 1 - limit
    victims: list[Session] = []
    if excess > 0:
        part = Window(limit=min(excess, AT_ONCE), from_end=True)
        query = SessionQuery(status="active", pinned=False)
        victims += await ctx.store.list_sessions(ctx.uid, part, query)
        if not victims:
            raise Refused(
                Problem(
                    Code.LIMIT_EXCEEDED,
                    f"All of the {limit} sessions you may have active are pinned; unpin, archive or "
                    "delete one.",
                )
            )
    counted = counting(
        ctx,
        profile,
        active_count=1 - len(victims),
        archived_count=archived + len(victims),
        trash_count=trash,
    )
    return Opening(
        writes=[*counted.writes, *(_archiving(ctx, victim) for victim in victims)],
        changes=[
            *counted.changes,
            *(Change(kind="session", session_id=v.session_id, at=v.created_at) for v in victims),
        ],
        archived=tuple(victim.model_copy(update={"status": "archived"}) for victim in victims),
    )


def _archiving(ctx: Context, session: Session) -> Update:
    return Update(
        session_key(ctx.uid, session.session_id),
        set={"status": "archived"},
        unchanged_since=session.update_time,
    )
