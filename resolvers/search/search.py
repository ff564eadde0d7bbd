"""Search in the viewer's own history: in the text of turns, and in titles set by the user.

The warehouse proposes candidates and the store decides. What the mirror has not confirmed yet is
exactly what the user's export marks name, and the dead letters that marks turn into. So the marks
are read first, then the dead letters, then the warehouse: a record that moves on in between is
found twice but never missed. Every candidate is read from the store and matched again.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from analytics.search import END, Position, find
from analytics.search_text import matches, patterns, search_text
from analytics.unreadable_records import readable_records
from resolvers.context import Context
from resolvers.conversations.conversations import turn_cursors
from resolvers.errors import invalid
from resolvers.input_limits import MODEL_CHARACTERS, SEARCH_CHARACTERS, Checks, microseconds
from resolvers.pagination import PAGE_SIZE, Cursors, Page, PageRequest
from resolvers.search.snippets import Fragment, snippet
from resolvers.sessions.branches import shows
from resolvers.sessions.sessions import SessionState, limits, present, state
from stores.documents import memory, to_document
from stores.keys import conversation_key, profile_key, session_key
from stores.ports import Snapshot
from stores.records import Conversation

MARKS = 500
ROUNDS = 8
"""How many batches of candidates one request checks before it returns a cursor to continue from."""
BATCH_LIMIT = 500
"""Most records in one batch, including unconfirmed ones."""
CHUNK = 16
"""Records per read: turns can be large, and often the first ones fill the page."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A turn that matches or, without a conversation, a session whose title matches."""

    position: Position
    """Its position among the results: (time, session id, conversation id or '')."""
    session: SessionState
    conversation: Conversation | None
    snippet: list[Fragment]
    opens_at: str | None
    """The cursor before the turn in its session's list, to open the session at this turn."""
    branch: int | None
    """The branch that the list is to be of; None if the shown one has the turn."""
    size: int
    """About how many bytes of memory the turn takes."""


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A search: every word must match, the last one as a prefix."""

    query: str
    page: PageRequest
    since: datetime | None = None
    until: datetime | None = None
    model: str | None = None
    """Only turns that this model answered."""


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Hits, newest first. `complete` is false if the mirror is so far behind that something recent
    may be missing: more marks are waiting than are checked, or the turns of a kept session are
    waiting, or a mark can't be read."""

    page: Page[Hit]
    complete: bool


async def search(ctx: Context, request: SearchRequest) -> SearchPage:
    """The viewer's turns and sessions that match; raises `Refused`."""
    size = request.page.size
    with Checks() as checks:
        checks.characters(request.query, SEARCH_CHARACTERS, "query")
        checks.time(request.since, ctx.now(), "filter", "since")
        checks.time(request.until, ctx.now(), "filter", "until")
        checks.characters(request.model, MODEL_CHARACTERS, "filter", "model")
    wanted = patterns(request.query)
    if not wanted:
        raise invalid("query has no letter or digit to search for.", "query")
    cursors = Cursors(ctx.digests, f"{ctx.uid}/search/{request.query}")
    since = microseconds(request.since) if request.since else 0
    before: Position = END
    if request.until is not None:
        before = (microseconds(request.until), "", "")
    if request.page.after is not None:
        time, session_id, conversation_id = cursors.decode(request.page.after, "after")
        before = min(before, (int(time), str(session_id), str(conversation_id)))

    marks = await ctx.store.list_marks(ctx.uid, MARKS + 1)
    letters = await ctx.store.list_dead_letters(ctx.uid, MARKS + 1)
    known_marks, known_letters = readable_records(marks[:MARKS]), readable_records(letters[:MARKS])
    waiting = [change for mark in known_marks for change in mark.changes]
    waiting += [letter.change for letter in known_letters]
    unconfirmed = {
        (change.at, change.session_id, change.conversation_id)
        for change in waiting
        if change.kind != "profile"
    }
    hits: list[Hit] = []
    batch = 2 * size + 10
    more = True
    for _ in range(ROUNDS):
        found = await find(ctx.warehouse, ctx.uid, wanted, before, batch, since, request.model)
        proposed = [candidate.position for candidate in found]
        more = len(proposed) == batch
        horizon = proposed[-1] if more else (since, "", "")
        nearer = {position for position in unconfirmed if horizon <= position < before}
        positions = sorted({*proposed, *nearer}, reverse=True)
        if len(positions) > BATCH_LIMIT:
            more, positions = True, positions[:BATCH_LIMIT]
            horizon = positions[-1]
        for start in range(0, len(positions), CHUNK):
            part = positions[start : start + CHUNK]
            hits += await _matching(ctx, part, wanted, request.model)
            size = min(size, _full(hits) or size)
            if len(hits) > size:
                break
        before = horizon
        if len(hits) > size or not more:
            break
    shown = hits[:size]
    positions = [hit.position for hit in shown]
    looked_at = before if more and len(hits) <= size else None
    return SearchPage(
        Page(
            items=shown,
            positions=positions,
            cursors_of_list=cursors,
            has_next=more or len(hits) > size,
            has_previous=request.page.after is not None,
            start=positions[0] if positions else None,
            end=looked_at or (positions[-1] if positions else None),
        ),
        complete=len(known_marks) == len(marks)
        and len(known_letters) == len(letters)
        and all(change.kind != "subtree" or change.forget for change in waiting),
    )


def _full(hits: Sequence[Hit]) -> int | None:
    """How many hits fill a page by size; None if all of them don't."""
    sizes = accumulate(hit.size for hit in hits)
    return next((count for count, size in enumerate(sizes, 1) if size >= PAGE_SIZE), None)


async def _matching(
    ctx: Context, positions: Sequence[Position], wanted: list[str], model: str | None
) -> list[Hit]:
    """Hits among the records at these positions, read in one batch and matched again.

    They are matched in a thread because normalising a long text takes a tenth of a second.
    """
    keys = {profile_key(ctx.uid), *(session_key(ctx.uid, position[1]) for position in positions)}
    turns = {
        conversation_key(ctx.uid, position[1], position[2]) for position in positions if position[2]
    }
    snapshot = await ctx.store.get([*keys, *turns])
    return await asyncio.to_thread(
        lambda: [
            hit for position in positions if (hit := _hit(ctx, snapshot, position, wanted, model))
        ]
    )


def _hit(
    ctx: Context, snapshot: Snapshot, position: Position, wanted: list[str], model: str | None
) -> Hit | None:
    """The record at a position, if it may be shown and matches."""
    _, session_id, conversation_id = position
    profile = snapshot.get(profile_key(ctx.uid))
    session = present(ctx, snapshot, session_key(ctx.uid, session_id))
    if session is None or session.temporary:
        return None
    turn = None
    said = [session.custom_title]
    if conversation_id:
        turn = snapshot.get(conversation_key(ctx.uid, session_id, conversation_id))
        if turn is None or not limits(ctx, profile).shows(turn):
            return None
        said = [turn.query, turn.response]
    texts = {text: search_text(text) for text in said if text}
    if model is not None and (turn is None or turn.model != model):
        return None
    if not matches("".join(texts.values()), wanted):
        return None
    best = max(texts, key=lambda text: sum(pattern in texts[text] for pattern in wanted))
    found = state(ctx, profile, session)
    if turn is None:
        return Hit(position, found, None, snippet(best, wanted), None, None, 0)
    opens_at = turn_cursors(ctx, session_id).encode((turn.place, ""))
    branch = None if shows(session, session.shown_branch, turn) else turn.branch
    size = memory(to_document(turn))
    return Hit(position, found, turn, snippet(best, wanted), opens_at, branch, size)
