"""Removes what has expired, archives what is idle, and finishes erasures: one user at a time.

Every step commits by itself and finds its work anew, so a sweep may stop anywhere and two may run.
"""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from analytics.ports import WarehouseError
from resolvers.context import Context
from resolvers.errors import Refused
from resolvers.lifecycle import archive_session
from resolvers.lifetimes import DAY
from resolvers.privacy import erase_my_data
from resolvers.removal import expire, forget_removals, purge
from resolvers.sessions import limits
from stores.keys import Key, profile_key, removals_of
from stores.ports import (
    Delete,
    RecordChanged,
    RecordExists,
    RecordMissing,
    SessionQuery,
    Store,
    StoreError,
    Window,
)
from stores.records import Change, Erasure, Profile, Record, Session

R = TypeVar("R", bound=Record)

PAGE = 100
LATE_APPENDS = DAY
"""For how long after an erasure rows that were on their way then are looked for in the warehouse."""
GUESTS_KNOWN = 31 * DAY
"""Longer than any guest's token lives."""


async def sweep(store: Store, context_of: Callable[[str], Context]) -> Mapping[str, int]:
    """Sweep every user once; returns what was done, by kind. `context_of` makes a user's context.

    What fails for one user does not keep it from the others; the first failure is raised at the end.
    """
    done: Counter[str] = Counter()
    failures: list[StoreError | WarehouseError] = []
    async for key, erasure in _all(store, Erasure):
        try:
            done += await _sweep_erasure(context_of(key.uid), erasure)
        except (StoreError, WarehouseError) as failure:
            failures.append(failure)
    async for owner, profile in _all(store, Profile):
        try:
            done += await sweep_user(context_of(owner.uid), profile)
        except (StoreError, WarehouseError) as failure:
            failures.append(failure)
    if failures:
        raise failures[0]
    return done


async def _all(store: Store, kind: type[R]) -> AsyncIterator[tuple[Key[R], R]]:
    after: Key[R] | None = None
    while found := await store.scan(kind, after, PAGE):
        for key, record in found:
            yield key, record
        after = found[-1][0]


async def _sweep_erasure(ctx: Context, erasure: Erasure) -> Counter[str]:
    if erasure.finished_at is None:
        with suppress(Refused):  # somebody is at it
            await erase_my_data(ctx)
            return Counter(erasures=1)
    elif erasure.finished_at > ctx.now() - LATE_APPENDS:
        # What the user recorded since then is younger, and stays.
        late = await ctx.warehouse.erase(ctx.uid, erasure.emptied_at)
        return Counter({"late rows of erased users": sum(late.removed.values())})
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

    async def archive(session: Session) -> int:
        archived = await archive_session(ctx, session.session_id, idle_since=until.idle)
        return int(archived.session.status == "archived")

    async def purge_temporary(session: Session) -> int:
        # It may have been made temporary long after it was opened.
        return 0 if until.keeps(session) else await purge(ctx, session)

    places = [
        SessionQuery(temporary=temporary, trash=trash)
        for temporary in (False, True)
        for trash in (False, True)
    ]
    for place in places:
        await each(
            "purged sessions",
            replace(place, order="touched_at"),
            until.retention,
            lambda session: purge(ctx, session),
        )
    for place in places:
        if place.temporary:
            opened = replace(place, order="created_at")
            await each("purged sessions", opened, until.temporary, purge_temporary)
    trashed = SessionQuery(order="deleted_at", trash=True)
    await each("purged sessions", trashed, until.trash, lambda s: purge(ctx, s))
    for place in places:
        oldest = replace(place, order="oldest_turn_at")
        await each(
            "expired turns", oldest, until.retention, lambda s: expire(ctx, s, until.retention)
        )
    idle = SessionQuery(order="touched_at", status="active", pinned=False)
    await each("archived sessions", idle, until.idle, archive)
    await forget_removals(ctx)
    if profile.guest and profile.created_at < until.retention - GUESTS_KNOWN:
        done["forgotten guests"] += await _forget_guest(ctx, profile, places)
    return done


async def _older(ctx: Context, query: SessionQuery, before: int) -> AsyncIterator[Session]:
    """The user's sessions of a query that come before a time in its order."""
    part = Window(PAGE, after=(before, ""))
    while found := await ctx.store.list_sessions(ctx.uid, part, query):
        for session in found:
            yield session
        part = Window(PAGE, after=(getattr(found[-1], query.order), found[-1].session_id))


async def _forget_guest(ctx: Context, profile: Profile, places: Sequence[SessionQuery]) -> int:
    """Remove the profile of a guest who has nothing left, and whose token has long expired."""
    for place in places:
        if await ctx.store.list_sessions(ctx.uid, Window(1), place):
            return 0
    if await ctx.store.list_changed(removals_of(ctx.uid), Window(1)):
        return 0
    gone = Change(kind="profile", at=profile.created_at)
    await ctx.commit([Delete(profile_key(ctx.uid))], [gone])
    return 1
