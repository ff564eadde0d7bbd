"""Limits how many sessions are active: one more archives the least recently active that is not pinned."""

from dataclasses import dataclass

from resolvers.context import Context
from resolvers.errors import Code, Problem, Refused
from resolvers.lifetimes import lifetimes
from resolvers.preferences.profiles import new_profile
from stores.keys import profile_key, session_key
from stores.mirror_records import Change
from stores.ports import Create, SessionQuery, Update, Window, Write
from stores.records import Profile, Session

AT_ONCE = 20
"""The most sessions that are archived at once, if a lowered limit left too many."""
NEAR = 10
"""This close to the limit sessions are opened one at a time, because several at once could exceed it."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What a commit that makes a session active must also write, and report to the mirror."""

    writes: list[Write]
    changes: list[Change]
    archived: tuple[Session, ...] = ()


def counting(
    ctx: Context, profile: Profile | None, *, exact: bool = False, **moved: int
) -> Opening:
    """Change counters of the viewer's profile. If there is no profile it is created and mirrored.

    Even if no counter changes, the profile must still exist: no session may be opened in an account
    that is being erased. With `exact` the counters must also be unchanged since they were read.
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
    """What must be written so that one more session is active. `archived` and `trash` are the
    changes of those counts, if it comes from there; `stored` is the number of bytes that it adds.

    Raises `Refused` (LIMIT_EXCEEDED) if every active session is pinned.
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
                    f"All {limit} sessions that you may have active are pinned; unpin, archive or "
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
    """The write that archives a session if nobody has written to it since it was read."""
    return Update(
        session_key(ctx.uid, session.session_id),
        set={"status": "archived"},
        unchanged_since=session.update_time,
    )
