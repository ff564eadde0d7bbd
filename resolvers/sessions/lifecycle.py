"""The life cycle of a session: archive, trash, restore, and temporary or kept. Also changes of tags, and
changes of many sessions at once.

Moves are decided under lock: a blind one would count twice, or lose concurrent writes.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from analytics.unreadable_records import log_unreadable
from resolvers.context import Context
from resolvers.errors import Busy, Code, Problem, Refused, conflict, not_found
from resolvers.input_limits import Checks, bulk_ids
from resolvers.sessions.capacity import Opening, opening
from resolvers.sessions.sessions import SessionState, changes, limits, state
from stores.errors import RecordChanged, StoreError, Unreadable
from stores.keys import profile_key, session_key, trash_key
from stores.mirror_records import Change
from stores.ports import Create, Delete, Snapshot, Update, Write
from stores.records import Profile, Session

Move: TypeAlias = Callable[[Context, str], Awaitable[SessionState]]


@dataclass(frozen=True, slots=True)
class BulkResult:
    """The result for one session of many: its state, or why it was refused."""

    session_id: str
    state: SessionState | None
    problems: tuple[Problem, ...] = ()


def _existing(ctx: Context, profile: Profile | None, session: Session | None) -> Session:
    """The session itself; raises `Refused` if there is none or it has expired."""
    if session is None or not limits(ctx, profile).keeps(session):
        raise not_found("session", "sessionId")
    return session


def _counted(ctx: Context, **moved: int) -> Update:
    """Update the profile's counters with the session. Every user with a session has a profile."""
    return Update(profile_key(ctx.uid), increase=moved)


async def _move(
    ctx: Context,
    session_id: str,
    plan: Callable[[Session], tuple[Session, list[Write]]],
    mirrored: Callable[[Session], list[Change]] = changes,
) -> SessionState:
    """Let `plan` decide under lock what a live session becomes and what to write. `mirrored`
    returns the changes to report to the mirror."""
    owner, live = profile_key(ctx.uid), session_key(ctx.uid, session_id)

    async def attempt() -> SessionState:
        profile = (await ctx.fresh(owner)).get(owner)
        outcome: list[Session] = []

        def decide(snapshot: Snapshot) -> Sequence[Write]:
            session = _existing(ctx, profile, snapshot.get(live))
            after, writes = plan(session)
            outcome[:] = [after]
            if writes and (changed := mirrored(session)):
                writes.append(ctx.mark(changed))
            return writes

        await ctx.transact([live], decide)
        return state(ctx, profile, outcome[0])

    return await ctx.settle(attempt)


async def archive_session(
    ctx: Context, session_id: str, idle_since: int | None = None
) -> SessionState:
    """Archive a session. It stays readable, and a new turn makes it active again. Raises `Refused`.

    With `idle_since`, a session that is pinned, or was used since then, is left as it is.
    """

    def plan(session: Session) -> tuple[Session, list[Write]]:
        if session.temporary:
            raise conflict("A temporary session can't be archived; keep it first.", "sessionId")
        used = idle_since is not None and (session.pinned or session.touched_at >= idle_since)
        if session.status == "archived" or used:
            return session, []
        values = {"status": "archived"}
        return session.model_copy(update=values), [
            Update(session_key(ctx.uid, session_id), set=values),
            _counted(ctx, active_count=-1, archived_count=1),
        ]

    return await _move(ctx, session_id, plan)


async def delete_session(ctx: Context, session_id: str) -> SessionState:
    """Move a session to the trash; `restore_session` brings it back. Raises `Refused`.

    Its turns stay where they are. No turn can be added, because an append needs the summary.
    """

    def plan(session: Session) -> tuple[Session, list[Write]]:
        moved = session.model_copy(update={"deleted_at": ctx.now()})
        writes: list[Write] = [
            Delete(session_key(ctx.uid, session_id)),
            Create(trash_key(ctx.uid, session_id), moved),
        ]
        if not session.temporary:
            writes.append(_counted(ctx, **{f"{session.status}_count": -1, "trash_count": 1}))
        return moved, writes

    return await _move(ctx, session_id, plan)


async def restore_session(ctx: Context, session_id: str) -> SessionState:
    """Make an archived, closed or trashed session active again. Raises `Refused`."""
    owner, live = profile_key(ctx.uid), session_key(ctx.uid, session_id)
    trashed = trash_key(ctx.uid, session_id)

    async def attempt() -> SessionState:
        before = await ctx.fresh(owner, live, trashed)
        profile = before.get(owner)
        found = _existing(ctx, profile, before.get(live) or before.get(trashed))
        active = found.deleted_at is None and found.status == "active"
        if active and limits(ctx, profile).takes_turns(found):
            return state(ctx, profile, found)
        room = await _room(ctx, profile, found)
        values = {"status": "active", "touched_at": ctx.now()}
        restored = found.model_copy(update={**values, "deleted_at": None})

        def plan(snapshot: Snapshot) -> Sequence[Write]:
            session = snapshot.get(live) or snapshot.get(trashed)
            if session is None or session.update_time != found.update_time:
                raise RecordChanged("the session was written since it was read")
            back: list[Write] = [Delete(trashed), Create(live, restored)]
            if session.deleted_at is None:
                back = [Update(live, set=values)]
            mirrored = [*room.changes, *changes(session)]
            return [*back, *room.writes, *([ctx.mark(mirrored)] if mirrored else [])]

        await ctx.transact([live, trashed], plan)
        return state(ctx, profile, restored, archived=room.archived)

    return await ctx.settle(attempt)


async def _room(ctx: Context, profile: Profile | None, session: Session) -> Opening:
    """What must be written so that a session is active again."""
    if session.temporary or (session.deleted_at is None and session.status == "active"):
        return Opening([], [])
    if session.deleted_at is not None:
        return await opening(ctx, profile, trash=-1)
    return await opening(ctx, profile, archived=-1)


async def keep_session(ctx: Context, session_id: str) -> SessionState:
    """Turn a temporary session into one that is listed, mirrored and kept; raises `Refused`."""
    owner, live = profile_key(ctx.uid), session_key(ctx.uid, session_id)

    async def attempt() -> SessionState:
        snapshot = await ctx.fresh(owner, live)
        profile = snapshot.get(owner)
        session = _existing(ctx, profile, snapshot.get(live))
        if not session.temporary:
            return state(ctx, profile, session)
        room = await opening(ctx, profile)
        values = {"temporary": False, "kept_at": session.update_time + 1}
        tree = Change(kind="subtree", session_id=session_id, at=session.created_at)
        write = Update(live, set=values, unchanged_since=session.update_time)
        await ctx.commit([write, *room.writes], [*room.changes, tree])
        return state(ctx, profile, session.model_copy(update=values), archived=room.archived)

    return await ctx.settle(attempt)


async def make_session_temporary(ctx: Context, session_id: str) -> SessionState:
    """Turn a session into a temporary one, which expires like one opened now. Raises `Refused`.

    It is no longer archived or pinned, and the mirror forgets all of it.
    """

    def plan(session: Session) -> tuple[Session, list[Write]]:
        if session.temporary:
            return session, []
        now = ctx.now()
        values = {
            **{"temporary": True, "made_temporary_at": now, "touched_at": now},
            **{"status": "active", "pinned": False},
        }
        return session.model_copy(update=values), [
            Update(session_key(ctx.uid, session_id), set=values),
            _counted(ctx, **{f"{session.status}_count": -1}),
        ]

    def forgotten(session: Session) -> list[Change]:
        return [Change(kind="subtree", session_id=session_id, at=session.created_at, forget=True)]

    return await _move(ctx, session_id, plan, forgotten)


async def tag_session(
    ctx: Context, session_id: str, add: Sequence[str], remove: Sequence[str]
) -> SessionState:
    """Remove tags from a session and append others to those it has, each only once. Raises
    `Refused`, also if it would then have more than 20 tags."""

    def plan(session: Session) -> tuple[Session, list[Write]]:
        kept = (tag for tag in session.tags if tag not in remove)
        tags = list(dict.fromkeys([*kept, *add]))
        if tags == session.tags:
            return session, []
        with Checks() as checks:
            checks.tags(tags, "tags")
        values = {"tags": tags}
        return session.model_copy(update=values), [
            Update(session_key(ctx.uid, session_id), set=values)
        ]

    return await _move(ctx, session_id, plan)


async def in_bulk(ctx: Context, session_ids: Sequence[str], move: Move) -> list[BulkResult]:
    """Do the same to many sessions, one after the other, with a result for each. Raises `Refused`
    for more than 100 ids."""
    results = []
    for session_id in dict.fromkeys(bulk_ids(session_ids)):
        try:
            results.append(BulkResult(session_id, await move(ctx, session_id)))
        except Refused as refused:
            results.append(BulkResult(session_id, None, refused.problems))
        except Unreadable as record:
            log_unreadable(record)
            broken = Problem(
                Code.UNAVAILABLE, "This was not done: the stored record can't be read."
            )
            results.append(BulkResult(session_id, None, (broken,)))
        except (Busy, StoreError):
            later = Problem(Code.UNAVAILABLE, "This was not done; try again shortly.")
            results.append(BulkResult(session_id, None, (later,)))
    return results
