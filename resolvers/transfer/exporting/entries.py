"""The entries of an export, read page by page as they are consumed.

First the ids of the sessions are collected. Each session is then read when its turn comes, wherever
it has been moved meanwhile, so that none appears twice and none that still exists is missing.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from analytics.search_text import normalise
from resolvers.context import Context
from resolvers.input_limits import microseconds, moment
from resolvers.lifetimes import Lifetimes
from resolvers.sessions.session_lists import SessionFilter
from resolvers.sessions.sessions import limits
from resolvers.transfer.archive import (
    ArchivedAccount,
    ArchivedSession,
    ArchiveEntry,
    ArchiveHeader,
)
from resolvers.transfer.exporting.links import Selection
from resolvers.transfer.exporting.trees import WHOLE_TREE, Tree, shown_from
from stores.branches import position
from stores.keys import profile_key, session_key, trash_key
from stores.ports import SessionQuery, Window
from stores.records import Profile, Session

SESSIONS = 100
TURNS = 300
TEXT = 1024 * 1024
"""Limits of one read: this many turns, or bytes of memory. A turn is up to 0.9 MB as stored, and several
times that in Python."""

_CHATS = SessionQuery(order="created_at")
"""Active and archived sessions, in an order that never changes."""
_TEMPORARY = replace(_CHATS, temporary=True)
_TRASH = replace(_CHATS, trash=True), replace(_TEMPORARY, trash=True)
_EVERYWHERE = (*_TRASH, _TEMPORARY, _CHATS, _TEMPORARY, *_TRASH)
"""Every list that a session can be in. A session that is moved while they are read appears in a
list that is read later."""
_LOOKS = 2
"""A session that is moved while it is read can be missed in both places once, but not twice."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The sessions to export."""

    session_ids: Sequence[str]
    conversations: int
    """How many turns these sessions have by their counters; exact after a sweep."""


async def choose(ctx: Context, selection: Selection) -> Chosen:
    """The sessions of a selection that exist now; raises `Refused` during an erasure."""
    owner = profile_key(ctx.uid)
    until = limits(ctx, (await ctx.fresh(owner)).get(owner))
    counts: dict[str, int] = {}
    async for session in _listed(ctx, selection):
        if until.keeps(session) and _matches(selection.filter, until, session):
            counts[session.session_id] = session.conversation_count
    return Chosen(tuple(counts), sum(counts.values()))


async def _listed(ctx: Context, selection: Selection) -> AsyncIterator[Session]:
    if selection.session_ids is not None:
        keys = [
            session_key(ctx.uid, session_id) for session_id in dict.fromkeys(selection.session_ids)
        ]
        found = await ctx.store.get(keys)
        for key in keys:
            if session := found.get(key):
                yield session
        return
    for query in _EVERYWHERE if selection.everything else [_CHATS]:
        part: Window | None = Window(SESSIONS)
        while part is not None:
            page = await ctx.store.list_sessions(ctx.uid, part, query)
            for session in page:
                yield session
            part = None
            if len(page) == SESSIONS:
                part = Window(SESSIONS, after=(page[-1].created_at, page[-1].session_id))


def _matches(wanted: SessionFilter | None, until: Lifetimes, session: Session) -> bool:
    if wanted is None:
        return True
    title = normalise(until.title(session) or "")
    return (
        wanted.status in (None, session.status)
        and wanted.pinned in (None, session.pinned)
        and (wanted.tag is None or wanted.tag in session.tags)
        and (wanted.title is None or normalise(wanted.title) in title)
        and (wanted.since is None or session.last_active >= microseconds(wanted.since))
        and (wanted.until is None or session.last_active < microseconds(wanted.until))
    )


async def entries(
    ctx: Context, selection: Selection, chosen: Chosen
) -> AsyncIterator[Iterable[ArchiveEntry]]:
    """The entries of an archive. Each read of the store yields what it found; the entries are built
    as they are consumed.

    Raises `Refused` if the user's data is erased before the end, and what the store raises.
    """
    owner = profile_key(ctx.uid)
    profile = (await ctx.fresh(owner)).get(owner)
    first: list[ArchiveEntry] = [ArchiveHeader(exported_at=moment(ctx.now()))]
    if selection.everything and profile is not None:
        first.append(_account(profile))
    yield first
    for session_id in chosen.session_ids:
        async for page in _session(ctx, selection, session_id):
            yield page
    await ctx.fresh(owner)


async def _session(
    ctx: Context, selection: Selection, session_id: str
) -> AsyncIterator[Iterable[ArchiveEntry]]:
    owner, live = profile_key(ctx.uid), session_key(ctx.uid, session_id)
    trashed = trash_key(ctx.uid, session_id)
    session = None
    for _ in range(_LOOKS):
        snapshot = await ctx.fresh(owner, live, trashed)
        session = snapshot.get(live) or (snapshot.get(trashed) if selection.everything else None)
        if session is not None:
            break
    until = limits(ctx, snapshot.get(owner))
    if session is None or not until.keeps(session):
        return
    found: list[ArchiveEntry] = [_summary(session, until)]
    lossless = selection.format in WHOLE_TREE
    whole = lossless or selection.all_branches
    tree = Tree(session, whole=whole, marked=whole and not lossless)
    part: Window | None = Window(TURNS)
    while part is not None:
        portion = await ctx.store.take_conversations(ctx.uid, session_id, part, TEXT)
        turns = portion.records
        yield chain(found, (tree.archived(turn) for turn in turns if tree.has(turn, until)))
        found, part = [], None
        if portion.more:
            last = turns[-1]
            # If turns are large, request not many more than will be used.
            most = min(TURNS, 2 * len(turns))
            part = Window(most, after=position(last))


def _account(profile: Profile) -> ArchivedAccount:
    return ArchivedAccount(
        email=profile.email,
        guest=profile.guest,
        created_at=moment(profile.created_at),
        preferences=profile.preferences,
        opted_in_at=None if profile.opted_in_at is None else moment(profile.opted_in_at),
    )


def _summary(session: Session, until: Lifetimes) -> ArchivedSession:
    derived_kept = session.title_from >= until.retention
    return ArchivedSession(
        id=session.session_id,
        title=session.custom_title,
        derived_title=session.derived_title if derived_kept else None,
        created_at=moment(session.created_at),
        last_active=moment(session.last_active),
        status=session.status,
        pinned=session.pinned,
        tags=session.tags,
        temporary=session.temporary,
        deleted_at=None if session.deleted_at is None else moment(session.deleted_at),
        conversation_count=session.conversation_count,
        preferences=session.preferences,
        metadata=session.metadata,
        answer_session=session.answer_session,
        shown_from=shown_from(session),
    )
