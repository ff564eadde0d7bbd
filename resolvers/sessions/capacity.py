"""How many sessions may be active: one more archives the least recently active that is not pinned."""

from dataclasses import dataclass

from resolvers.context import Context
from resolvers.errors import Code, Problem, Refused
from resolvers.lifetimes import lifetimes
from resolvers.preferences import new_profile
from stores.keys import profile_key, session_key
from stores.ports import Create, SessionQuery, Update, Window, Write
from stores.records import Change, Profile, Session

AT_ONCE = 20
"""How many sessions are archived for one at most, where a lowered limit left too many."""
NEAR = 10
"""So near to the limit sessions are opened one at a time, for many at once would exceed it."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What a commit that makes a session active writes beside it, and what the mirror hears of it."""

    writes: list[Write]
    changes: list[Change]
    archived: tuple[Session, ...] = ()


def counting(
    ctx: Context, profile: Profile | None, *, exact: bool = False, **moved: int
) -> Opening:
    """Change counters of the viewer's profile, which is created, and mirrored, if there is none.

    Where no counter changes the profile must still be there: nobody opens a session in an account
    that is being erased. `exact` also wants the counters to be those that were read.
    """
    key = profile_key(ctx.uid)
    moved = {name: by for name, by in moved.items() if by}
    if profile is not None:
        read = profile.update_time if exact else None
        return Opening([Update(key, increase=moved, unchanged_since=read)], [])
    created = new_profile(ctx).model_copy(update=moved)
    return Opening([Create(key, created)], [Change(kind="profile", at=created.created_at)])


async def opening(
    ctx: Context, profile: Profile | None, *, archived: int = 0, trash: int = 0, stored: int = 0
) -> Opening:
    """What it takes for one more session to be active; `archived` and `trash` are how their counts
    change where it comes from there, `stored` what it stores.

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
    keeps = lifetimes(ctx.configuration, profile, ctx.now()).keeps
    counted = counting(
        ctx,
        profile,
        exact=excess > -NEAR,
        active_count=1 - len(victims),
        archived_count=archived + len(victims),
        trash_count=trash,
        stored_bytes=stored,
    )
    return Opening(
        writes=[*counted.writes, *(archiving(ctx, victim) for victim in victims)],
        changes=[
            *counted.changes,
            *(Change(kind="session", session_id=v.session_id, at=v.created_at) for v in victims),
        ],
        archived=tuple(
            victim.model_copy(update={"status": "archived"}) for victim in victims if keeps(victim)
        ),
    )


def archiving(ctx: Context, session: Session) -> Update:
    """The write that archives a session which nobody wrote to since it was read."""
    return Update(
        session_key(ctx.uid, session.session_id),
        set={"status": "archived"},
        unchanged_since=session.update_time,
    )
