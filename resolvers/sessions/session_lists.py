"""Lists of the viewer's sessions, with filter and order, and their number."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import TypeAlias

from analytics.search_text import normalise
from resolvers.context import Context
from resolvers.input_limits import TITLE_CHARACTERS, Checks, microseconds
from resolvers.lifetimes import Lifetimes
from resolvers.pagination import PAGE_LIMIT, Cursors, Page, PageRequest, collect, window
from resolvers.preferences.profiles import expect_profile
from resolvers.sessions.sessions import RowState, StateOf, limits
from stores.keys import profile_key
from stores.ports import Portion, Position, SessionOrder, SessionQuery, Window
from stores.records import Profile, SessionListRow, SessionStatus

# Annotations of functions that are made for each request, made once.
_Found: TypeAlias = Portion[SessionListRow]
_Shows: TypeAlias = Callable[[SessionListRow], bool]

TAGGED = 500
"""How many sessions are read for their tags."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many sessions a user has, without temporary ones."""

    active: int = 0
    archived: int = 0
    trash: int = 0


@dataclass(frozen=True, slots=True)
class SessionPage:
    """A page of sessions, and how many there are in total; None if that is not known."""

    page: Page[SessionListRow]
    states: list[RowState]
    """The sessions of the page as their owner sees them."""
    total: int | None


@dataclass(frozen=True, slots=True)
class SessionFilter:
    """Which sessions to list, and in which order. The times apply to the value that orders the list."""

    order: SessionOrder = "last_active"
    status: SessionStatus | None = None
    pinned: bool | None = None
    tag: str | None = None
    title: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    trash: bool = False


async def list_sessions(
    ctx: Context, request: PageRequest, wanted: SessionFilter, *, whole: bool = False
) -> SessionPage:
    """The viewer's sessions that match a filter, in descending order of the value that orders them. Only
    their rows are read, or `whole` sessions.

    Raises `Refused`.
    """
    check_filter(ctx, wanted, "filter")
    collection = "trash" if wanted.trash else "sessions"
    cursors = Cursors(ctx.digests, f"{ctx.uid}/{collection}/{wanted.order}")
    query = SessionQuery(
        order=wanted.order,
        status=wanted.status,
        pinned=wanted.pinned,
        tag=wanted.tag,
        trash=wanted.trash,
    )
    title = normalise(wanted.title) if wanted.title else ""
    profile: Profile | None
    now: Lifetimes

    async def judge() -> _Shows:
        nonlocal profile, now
        profile = await _profile(ctx)
        now = limits(ctx, profile)
        if not title:
            return now.keeps
        return lambda row: now.keeps(row) and title in normalise(now.title(row) or "")

    async def fetch(part: Window, _: int) -> _Found:
        found: Sequence[SessionListRow] = await (
            ctx.store.list_sessions(ctx.uid, part, query)
            if whole
            else ctx.store.list_session_rows(ctx.uid, part, query)
        )
        return Portion(found, len(found) == part.limit, 0)

    part = _bounded(window(request, cursors), wanted)
    expect_profile(ctx)
    page = await collect(
        request,
        cursors,
        fetch,
        attrgetter(wanted.order, "session_id"),
        judge,
        part,
    )
    states = [StateOf(row, profile, now, ctx.configuration) for row in page.items]
    return SessionPage(page, states, _total(wanted, _counts(profile)))


def session_cursor(ctx: Context, session: SessionListRow) -> str:
    """The cursor of a session in the list by latest activity."""
    cursors = Cursors(ctx.digests, f"{ctx.uid}/sessions/last_active")
    return cursors.encode((session.last_active, session.session_id))


async def list_tags(ctx: Context) -> list[str]:
    """The tags of the viewer's `TAGGED` most recently active sessions, in alphabetical order."""
    keeps = limits(ctx, await _profile(ctx)).keeps
    tags: set[str] = set()
    after: Position | None = None
    for _ in range(0, TAGGED, PAGE_LIMIT):
        found = await ctx.store.list_session_rows(ctx.uid, Window(PAGE_LIMIT, after))
        tags.update(tag for session in filter(keeps, found) for tag in session.tags)
        if len(found) < PAGE_LIMIT:
            break
        after = (found[-1].last_active, found[-1].session_id)
    return sorted(tags)


def check_filter(ctx: Context, wanted: SessionFilter, *field: str) -> None:
    """Refuse values in a filter, given as this field, that the types allow but the rules don't."""
    if wanted.title is None and wanted.since is None and wanted.until is None:
        return
    with Checks() as checks:
        checks.characters(wanted.title, TITLE_CHARACTERS, *field, "title")
        for name, time in (("since", wanted.since), ("until", wanted.until)):
            checks.time(time, ctx.now(), *field, name)
            if time is not None and wanted.order == "conversation_count":
                message = f"{name} needs a list that is ordered by a time."
                checks.refuse(message, *field, name)


def _total(wanted: SessionFilter, counts: Counts) -> int | None:
    """How many sessions match a filter, if the counters show it."""
    narrow = (wanted.pinned, wanted.tag, wanted.title, wanted.since, wanted.until)
    if narrow.count(None) < len(narrow):
        return None
    if wanted.trash:
        return counts.trash
    by_status = {"active": counts.active, "archived": counts.archived}
    return by_status[wanted.status] if wanted.status else sum(by_status.values())


def _bounded(part: Window, wanted: SessionFilter) -> Window:
    """A window of a descending list, narrowed to the filter's times."""
    after, before = part.after, part.before
    if wanted.until is not None:
        until = (microseconds(wanted.until), "")
        after = min(after, until) if after else until
    if wanted.since is not None:
        since = (microseconds(wanted.since), "")
        before = max(before, since) if before else since
    return Window(part.limit, after, before, part.from_end)


async def count_sessions(ctx: Context) -> Counts:
    """The viewer's counters, stored in the profile; exact after a sweep."""
    return _counts(await _profile(ctx))


async def _profile(ctx: Context) -> Profile | None:
    key = profile_key(ctx.uid)
    return (await ctx.read(key)).get(key)


def _counts(profile: Profile | None) -> Counts:
    if profile is None:
        return Counts()
    return Counts(profile.active_count, profile.archived_count, profile.trash_count)
