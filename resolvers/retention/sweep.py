"""Removes what has expired, archives idle sessions, and finishes erasures, one user at a time.

Every step commits by itself and searches for its own work, so a sweep may stop at any point, and
two may run at once.
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
from resolvers.preferences.profiles import due_times
from resolvers.retention.erasure import erase_my_data
from resolvers.retention.removal import expire, forget_removals, purge
from resolvers.sessions.lifecycle import archive_session
from resolvers.sessions.sessions import limits
from stores.documents import has_all
from stores.errors import RecordChanged, RecordExists, RecordMissing, StoreError, Unreadable
from stores.keys import (
    AFTER_IDS,
    BEFORE_IDS,
    Key,
    profile_key,
    removals_of,
    session_key,
    trash_key,
)
from stores.mirror_records import Change, Erasure
from stores.ports import Delete, SessionQuery, Store, Update, Window
from stores.records import Profile, Record, Session

R = TypeVar("R", bound=Record)

PAGE = 100
LATE_APPENDS = DAY
"""How long after an erasure the warehouse is searched for rows that were still on their way."""
GUESTS_KNOWN = 31 * DAY
"""Longer than any guest's token is valid."""


async def sweep(
    store: Store, context_of: Callable[[str], Context], on_unreadable: OnUnreadable = log_unreadable
) -> Mapping[str, int]:
    """Sweep every user once. Returns what was done, by kind. `context_of` creates a user's context.

    A failure for one user does not stop the sweep of the others; the first failure is raised at the
    end. Records that can't be read are left alone, and `on_unreadable` is called once for each.
    """
    done: Counter[str] = Counter()
    failures: list[StoreError | WarehouseError] = []
    unread: dict[Key[Record], Unreadable] = {}

    def note(record: Unreadable) -> None:
        if record.key not in unread:
            unread[record.key] = record
            on_unreadable(record)

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


async def _all(
    store: Store, kind: type[R], on_unreadable: OnUnreadable
) -> AsyncIterator[tuple[Key[R], R]]:
    after: Key[R] | None = None
    while found := await store.scan(kind, after, PAGE):
        for key, entry in found:
            for record in readable_records([entry], on_unreadable):
                yield key, record
        after = found[-1][0]


async def _sweep_erasure(ctx: Context, erasure: Erasure) -> Counter[str]:
    if erasure.finished_at is None:
        with suppress(Refused, Busy):  # somebody else is working on it
            await erase_my_data(ctx)
            return Counter(erasures=1)
    elif erasure.finished_at > ctx.now() - LATE_APPENDS:
        # Turns that the user recorded after that are newer, and stay.
        late = await ctx.warehouse.erase(ctx.uid, erasure.emptied_at)
        letters = readable_records(await ctx.store.list_dead_letters(ctx.uid, LETTERS_AT_ONCE))
        old = [each.change for each in letters if each.marked_at <= erasure.emptied_at]
        await ctx.store.commit([Delete(key_of((ctx.uid, change))) for change in old])
        return Counter({"late rows of erased users": sum(late.removed.values())})
    return Counter()


async def sweep_user(
    ctx: Context, profile: Profile, on_unreadable: OnUnreadable = log_unreadable
) -> Counter[str]:
    """Apply the user's limits to their data. Returns what was done, by kind. `on_unreadable` is
    called with sessions and turns that can't be read, perhaps more than once."""
    until = limits(ctx, profile)
    done: Counter[str] = Counter()

    async def each(
        name: str, query: SessionQuery, before: int, act: Callable[[Session], Awaitable[int]]
    ) -> None:
        async for session in _older(ctx, query, before, on_unreadable):
            # Another writer changed what the sweep found; the next sweep looks again.
            with suppress(RecordChanged, RecordMissing, RecordExists, Refused, Busy):
                try:
                    done[name] += await act(session)
                except Unreadable as record:
                    on_unreadable(record)

    async def archive(session: Session) -> int:
        archived = await archive_session(ctx, session.session_id, idle_since=until.idle)
        return int(archived.session.status == "archived")

    async def purge_temporary(session: Session) -> int:
        # It may have been made temporary long after it was opened.
        return 0 if until.keeps(session) else await purge(ctx, session)

    lists = [
        SessionQuery(temporary=temporary, trash=trash)
        for temporary in (False, True)
        for trash in (False, True)
    ]
    for each_list in lists:
        await each(
            "purged sessions",
            replace(each_list, order="touched_at"),
            until.retention,
            lambda session: purge(ctx, session),
        )
    for each_list in lists:
        if each_list.temporary:
            opened = replace(each_list, order="created_at")
            await each("purged sessions", opened, until.temporary, purge_temporary)
    trashed = SessionQuery(order="deleted_at", trash=True)
    await each("purged sessions", trashed, until.trash, lambda s: purge(ctx, s))
    for each_list in lists:
        oldest = replace(each_list, order="oldest_turn_at")
        await each(
            "expired turns", oldest, until.retention, lambda s: expire(ctx, s, until.retention)
        )
    idle = SessionQuery(order="touched_at", status="active", pinned=False)
    await each("archived sessions", idle, until.idle, archive)
    await forget_removals(ctx)
    # An earlier release did not store when mails are due.
    unknown = {
        name: at for name, at in due_times(ctx, profile).items() if getattr(profile, name) is None
    }
    if unknown:
        with suppress(RecordMissing):
            await ctx.store.commit([Update(profile_key(ctx.uid), set=unknown)])
    if profile.guest and profile.created_at < until.retention - GUESTS_KNOWN:
        done["forgotten guests"] += await _forget_guest(ctx, profile, lists)
    return done


async def _older(
    ctx: Context, query: SessionQuery, before: int, on_unreadable: OnUnreadable
) -> AsyncIterator[Session]:
    """The user's sessions that match a query and whose time, by its order, is before `before`; some
    perhaps twice."""
    try:
        async for session in _listed(ctx, query, before):
            yield session
    except Unreadable:
        # A list can't continue after a record that can't be read; a scan in the order of ids can.
        async for session in _picked(ctx, query, before, on_unreadable):
            yield session


async def _picked(
    ctx: Context, query: SessionQuery, before: int, on_unreadable: OnUnreadable
) -> AsyncIterator[Session]:
    of = trash_key if query.trash else session_key
    after, last = of(ctx.uid, BEFORE_IDS), of(ctx.uid, AFTER_IDS)
    while found := await ctx.store.scan(Session, after, PAGE, until=last, trash=query.trash):
        for session in readable_records((entry for _, entry in found), on_unreadable):
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


async def _forget_guest(ctx: Context, profile: Profile, lists: Sequence[SessionQuery]) -> int:
    """Remove the profile of a guest who has nothing left and whose token expired long ago."""
    for each_list in lists:
        if await ctx.store.list_sessions(ctx.uid, Window(1), each_list):
            return 0
    if await ctx.store.list_changed(removals_of(ctx.uid), Window(1)):
        return 0
    gone = Change(kind="profile", at=profile.created_at)
    await ctx.commit([Delete(profile_key(ctx.uid))], [gone])
    return 1
