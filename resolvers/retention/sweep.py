"""Removes what has expired, archives what is idle, and finishes erasures: one user at a time.

Every step commits by itself and finds its work anew, so a sweep may stop anywhere and two may run.
"""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from analytics.mirror.dead_letters import LETTERS_AT_ONCE, key_of
from analytics.unreadable_records import OnUnreadable, log_unreadable, readable_records
from analytics.warehouse.port import WarehouseError
from resolvers.context import Context
from resolvers.errors import Busy, Refused
from resolvers.lifetimes import DAY
from resolvers.retention.erasure import erase_my_data
from resolvers.retention.removal import expire, forget_removals, purge
from resolvers.sessions.lifecycle import archive_session
from resolvers.sessions.sessions import limits
from stores.documents import has_all
from stores.keys import (
    AFTER_IDS,
    BEFORE_IDS,
    Key,
    profile_key,
    removals_of,
    session_key,
    trash_key,
)
from stores.ports import (
    Delete,
    RecordChanged,
    RecordExists,
    RecordMissing,
    SessionQuery,
    Store,
    StoreError,
    Unreadable,
    Window,
)
from stores.records import Change, Erasure, Profile, Record, Session

R = TypeVar("R", bound=Record)

PAGE = 100
LATE_APPENDS = DAY
"""For how long after an erasure rows that were on their way then are looked for in the warehouse."""
GUESTS_KNOWN = 31 * DAY
"""Longer than any guest's token lives."""


async def sweep(
    store: Store, context_of: Callable[[str], Context], tell: OnUnreadable = log_unreadable
) -> Mapping[str, int]:
    """Sweep every user once; returns what was done, by kind. `context_of` makes a user's context.

    What fails for one user does not keep it from the others; the first failure is raised at the end.
    What can't be read is left as it is, and `tell` hears of it once.
    """
    done: Counter[str] = Counter()
    failures: list[StoreError | WarehouseError] = []
    unread: dict[Key[Record], Unreadable] = {}

    def note(record: Unreadable) -> None:
        if record.key not in unread:
            unread[record.key] = record
            tell(record)

    async def attempt(step: Awaitable[Counter[str]]) -> None:
        nonlocal done
        try:
            done += await step
        except Unreadable as record:
            note(record)
        except (StoreError, WarehouseError) as failure:
            failures.append(failure)

    async for key, erasure in _all(store, Erasure, note):
        await attempt(_sweep_erasure(context_of(key.uid), erasure))
    async for owner, profile in _all(store, Profile, note):
        await attempt(sweep_user(context_of(owner.uid), profile, note))
    if failures:
        raise failures[0]
    return done + Counter({"records that can't be read": len(unread)})


async def _all(store: Store, kind: type[R], tell: OnUnreadable) -> AsyncIterator[tuple[Key[R], R]]:
    after: Key[R] | None = None
    while found := await store.scan(kind, after, PAGE):
        for key, entry in found:
            for record in readable_records([entry], tell):
                yield key, record
        after = found[-1][0]


async def _sweep_erasure(ctx: Context, erasure: Erasure) -> Counter[str]:
    if erasure.finished_at is None:
        with suppress(Refused, Busy):  # somebody is at it
            await erase_my_data(ctx)
            return Counter(erasures=1)
    elif erasure.finished_at > ctx.now() - LATE_APPENDS:
        # What the user recorded since then is younger, and stays.
        late = await ctx.warehouse.erase(ctx.uid, erasure.emptied_at)
        letters = readable_records(await ctx.store.list_dead_letters(ctx.uid, LETTERS_AT_ONCE))
        old = [each.change for each in letters if each.marked_at <= erasure.emptied_at]
        await ctx.store.commit([Delete(key_of((ctx.uid, change))) for change in old])
        return Counter({"late rows of erased users": sum(late.removed.values())})
    return Counter()


async def sweep_user(
    ctx: Context, profile: Profile, tell: OnUnreadable = log_unreadable
) -> Counter[str]:
    """Apply the user's limits to what they have; returns what was done, by kind. `tell` hears of sessions
    and turns that can't be read, maybe more than once."""
    until = limits(ctx, profile)
    done: Counter[str] = Counter()

    async def each(
        name: str, query: SessionQuery, before: int, act: Callable[[Session], Awaitable[int]]
    ) -> None:
        async for session in _older(ctx, query, before, tell):
            # Whoever was faster than the sweep has changed what it found; the next one looks again.
            with suppress(RecordChanged, RecordMissing, RecordExists, Refused, Busy):
                try:
                    done[name] += await act(session)
                except Unreadable as record:
                    tell(record)

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


async def _older(
    ctx: Context, query: SessionQuery, before: int, tell: OnUnreadable
) -> AsyncIterator[Session]:
    """The user's sessions of a query that come before a time in its order, some maybe twice."""
    try:
        async for session in _listed(ctx, query, before):
            yield session
    except Unreadable:
        # A list has no place to go on from after what can't be read; in the order of ids there is one.
        async for session in _picked(ctx, query, before, tell):
            yield session


async def _picked(
    ctx: Context, query: SessionQuery, before: int, tell: OnUnreadable
) -> AsyncIterator[Session]:
    of = trash_key if query.trash else session_key
    after, last = of(ctx.uid, BEFORE_IDS), of(ctx.uid, AFTER_IDS)
    while found := await ctx.store.scan(Session, after, PAGE, until=last, trash=query.trash):
        for session in readable_records((entry for _, entry in found), tell):
            time = getattr(session, query.order)
            if time is not None and time < before and has_all(query, session):
                yield session
        after = found[-1][0]


async def _listed(ctx: Context, query: SessionQuery, before: int) -> AsyncIterator[Session]:
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
