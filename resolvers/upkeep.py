"""Removes what has expired, archives what is idle, and finishes erasures: one user at a time.

Every step commits by itself and finds its work anew, so a sweep may stop anywhere and two may run.
"""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from resolvers.context import Context
from resolvers.errors import Refused
from resolvers.lifecycle import archive_session
from resolvers.lifetimes import DAY
from resolvers.privacy import finish_erasure
from resolvers.sessions import changes, limits
from stores.keys import Key, conversation_key, profile_key, session_key, trash_key
from stores.ports import (
    Delete,
    RecordChanged,
    RecordExists,
    RecordMissing,
    SessionQuery,
    Snapshot,
    Store,
    Update,
    Window,
    Write,
)
from stores.records import Change, Conversation, Erasure, Profile, Record, Session

R = TypeVar("R", bound=Record)

PAGE = 100
LATE_APPENDS = DAY
"""For how long after an erasure rows that were on their way then are looked for in the warehouse."""


async def sweep(store: Store, context_of: Callable[[str], Context]) -> Mapping[str, int]:
    """Sweep every user once; returns what was done, by kind. `context_of` makes a user's context."""
    done: Counter[str] = Counter()
    async for key, erasure in _all(store, Erasure):
        done += await _sweep_erasure(context_of(key.uid), erasure)
    async for owner, profile in _all(store, Profile):
        done += await sweep_user(context_of(owner.uid), profile)
    return done


async def _all(store: Store, kind: type[R]) -> AsyncIterator[tuple[Key[R], R]]:
    after: Key[R] | None = None
    while found := await store.scan(kind, after, PAGE):
        for key, record in found:
            yield key, record
        after = found[-1][0]


async def _sweep_erasure(ctx: Context, erasure: Erasure) -> Counter[str]:
    if erasure.finished_at is None:
        await finish_erasure(ctx)
        return Counter(erasures=1)
    if erasure.finished_at > ctx.now() - LATE_APPENDS:
        # What the user recorded since then is younger, and stays.
        await ctx.warehouse.erase(ctx.uid, erasure.emptied_at)
    return Counter()


async def sweep_user(ctx: Context, profile: Profile) -> Counter[str]:
    """Apply the user's limits to what they have; returns what was done, by kind."""
    until = limits(ctx, profile)
    done: Counter[str] = Counter()

    async def each(
        name: str, query: SessionQuery, before: int, act: Callable[[Session], Awaitable[int]]
    ) -> None:
        async for session in _older(ctx, query, before):
            # Whoever was faster than the sweep has changed what it found; the next one looks again.
            with suppress(RecordChanged, RecordMissing, RecordExists, Refused):
                done[name] += await act(session)

    async def purge(session: Session) -> int:
        return await _purge(ctx, session)

    async def expire(session: Session) -> int:
        return await _expire(ctx, session, until.retention)

    async def archive(session: Session) -> int:
        await archive_session(ctx, session.session_id)
        return 1

    for temporary in (False, True):
        for trash in (False, True):
            query = SessionQuery(order="touched_at", temporary=temporary, trash=trash)
            await each("purged sessions", query, until.retention, purge)
            if temporary:
                opened = replace(query, order="created_at")
                await each("purged sessions", opened, until.temporary, purge)
    trashed = SessionQuery(order="deleted_at", trash=True)
    await each("purged sessions", trashed, until.trash, purge)
    for temporary in (False, True):
        oldest = SessionQuery(order="oldest_turn_at", temporary=temporary)
        part = Window(1, after=(until.retention, ""))
        if not temporary and await ctx.store.list_sessions(ctx.uid, part, oldest):
            # The mirror first: once the store has forgotten a turn, no sweep would look for it again.
            await ctx.warehouse.execute(
                "expire_turns", {"uid": ctx.uid, "recorded_before": until.retention}
            )
        await each("expired turns", oldest, until.retention, expire)
    idle = SessionQuery(order="touched_at", status="active", pinned=False)
    await each("archived sessions", idle, until.idle, archive)
    if profile.guest and profile.created_at < until.retention:
        done["forgotten guests"] += await _forget_guest(ctx, profile)
    return done


async def _older(ctx: Context, query: SessionQuery, before: int) -> AsyncIterator[Session]:
    """The user's sessions of a query that come before a time in its order."""
    part = Window(PAGE, after=(before, ""))
    while found := await ctx.store.list_sessions(ctx.uid, part, query):
        for session in found:
            yield session
        part = Window(PAGE, after=(getattr(found[-1], query.order), found[-1].session_id))


async def _turns(ctx: Context, session_id: str) -> AsyncIterator[Sequence[Conversation]]:
    """A session's turns in the order of their recording, page by page."""
    part = Window(PAGE)
    while found := await ctx.store.list_conversations(ctx.uid, session_id, part, "recorded_at"):
        yield found
        part = Window(PAGE, after=(found[-1].recorded_at, found[-1].conversation_id))


def _removing(
    ctx: Context, summary: Key[Session], turns: Sequence[Conversation], values: Mapping[str, Any]
) -> list[Write]:
    """The writes that take turns away and count them off, where the session's summary is still there."""
    counted = sum(turn.deleted_at is None for turn in turns)
    return [
        Update(
            summary,
            set={name: value for name, value in values.items() if value is not None},
            unset=[name for name, value in values.items() if value is None],
            increase={"conversation_count": -counted} if counted else {},
        ),
        *(
            Delete(conversation_key(ctx.uid, turn.session_id, turn.conversation_id))
            for turn in turns
        ),
    ]


async def _expire(ctx: Context, session: Session, before: int) -> int:
    """Remove the turns of a live session that were recorded before a time; returns how many."""
    removed, summary = 0, session_key(ctx.uid, session.session_id)
    untitled = {"derived_title": None, "title_from": 0} if session.title_from < before else {}
    async for turns in _turns(ctx, session.session_id):
        gone = [turn for turn in turns if turn.recorded_at < before]
        oldest = turns[len(gone)].recorded_at if len(gone) < len(turns) else ctx.now()
        values = {"oldest_turn_at": oldest, **untitled}
        await ctx.commit(_removing(ctx, summary, gone, values), changes(session, *gone))
        removed += len(gone)
        if len(gone) < len(turns):
            break
    return removed


async def _purge(ctx: Context, session: Session) -> int:
    """Remove a session with all its turns; returns 1, or 0 if somebody used it meanwhile."""
    place = session_key if session.deleted_at is None else trash_key
    summary = place(ctx.uid, session.session_id)
    async for turns in _turns(ctx, session.session_id):
        await ctx.commit(_removing(ctx, summary, turns, {}), changes(session, *turns))

    def plan(snapshot: Snapshot) -> Sequence[Write]:
        left = snapshot.get(summary)
        if left is None or left.touched_at != session.touched_at:
            raise RecordChanged("the session was used while it was purged")
        if session.temporary:
            return [Delete(summary)]
        status = session.status if session.deleted_at is None else "trash"
        counted = Update(profile_key(ctx.uid), increase={f"{status}_count": -1})
        return [Delete(summary), counted, ctx.mark(changes(session))]

    if not session.temporary:
        await ctx.warehouse.execute(
            "remove_session", {"uid": ctx.uid, "session_id": session.session_id}
        )
    await ctx.transact([summary], plan)
    return 1


async def _forget_guest(ctx: Context, profile: Profile) -> int:
    """Remove the profile of a guest who has nothing left."""
    for query in (SessionQuery(), SessionQuery(trash=True), SessionQuery(temporary=True)):
        if await ctx.store.list_sessions(ctx.uid, Window(1), query):
            return 0
    gone = Change(kind="profile", at=profile.created_at)
    await ctx.commit([Delete(profile_key(ctx.uid))], [gone])
    return 1
