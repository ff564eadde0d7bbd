"""Search in the viewer's own history: the words of turns, and the titles users gave.

The warehouse proposes, the store decides. What the mirror has not confirmed yet is exactly what the
user's export marks name, so the marks are read first (a record exported in between is then found
twice, never missed), and every candidate is read from the store and matched again as it is now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from analytics.search import END, Position, find
from analytics.text import matches, patterns, search_text
from resolvers.checks import SEARCH_CHARACTERS, Checks, microseconds
from resolvers.context import Context
from resolvers.errors import invalid
from resolvers.pages import Cursors, Page, PageRequest
from resolvers.sessions import SessionState, limits, present, state
from resolvers.snippets import Fragment, snippet
from stores.keys import conversation_key, profile_key, session_key
from stores.records import Conversation

MARKS = 500
ROUNDS = 8
"""How many batches of candidates one request looks at before it hands out a cursor to go on from."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A turn that was found or, with no conversation, a session found by its title."""

    place: Position
    """Where it stands among the results: (time, session id, conversation id or '')."""
    session: SessionState
    conversation: Conversation | None
    snippet: list[Fragment]


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What to look for: every word must match, the last one as a prefix."""

    query: str
    page: PageRequest
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Hits, newest first. `complete` is false where the mirror was too far behind to be sure that
    nothing recent is missing."""

    page: Page[Hit]
    complete: bool


async def search(ctx: Context, request: SearchRequest) -> SearchPage:
    """The viewer's turns and sessions that match; raises `Refused`."""
    size = request.page.size
    wanted = patterns(request.query)
    with Checks() as checks:
        checks.characters(request.query, SEARCH_CHARACTERS, "query")
        checks.time(request.since, ctx.now(), "filter", "since")
        checks.time(request.until, ctx.now(), "filter", "until")
    if not wanted:
        raise invalid("query has no letter or digit to look for.", "query")
    cursors = Cursors(ctx.digests, f"{ctx.uid}/search/{request.query}")
    since = microseconds(request.since) if request.since else 0
    before: Position = END
    if request.until is not None:
        before = (microseconds(request.until), "", "")
    if request.page.after is not None:
        time, session_id, conversation_id = cursors.decode(request.page.after, "after")
        before = min(before, (int(time), str(session_id), str(conversation_id)))

    marks = await ctx.store.list_marks(ctx.uid, MARKS + 1)
    unconfirmed = {
        (change.at, change.session_id, change.conversation_id)
        for mark in marks[:MARKS]
        for change in mark.changes
        if change.kind in ("session", "conversation")
    }
    hits: list[Hit] = []
    batch = 2 * size + 10
    more = True
    for _ in range(ROUNDS):
        found = await find(ctx.warehouse, ctx.uid, wanted, before, batch, since)
        proposed = [candidate.position for candidate in found]
        more = len(proposed) == batch
        horizon = proposed[-1] if more else (since, "", "")
        nearer = {place for place in unconfirmed if horizon <= place < before}
        hits += await _matching(ctx, sorted({*proposed, *nearer}, reverse=True), wanted)
        before = horizon
        if len(hits) > size or not more:
            break
    shown = hits[:size]
    encoded = [cursors.encode(hit.place) for hit in shown]
    looked_at = cursors.encode(before) if more and len(hits) <= size else None
    return SearchPage(
        Page(
            items=shown,
            cursors=encoded,
            has_next=more or len(hits) > size,
            has_previous=request.page.after is not None,
            start_cursor=encoded[0] if encoded else None,
            end_cursor=looked_at or (encoded[-1] if encoded else None),
        ),
        complete=len(marks) <= MARKS,
    )


async def _matching(ctx: Context, places: Sequence[Position], wanted: list[str]) -> list[Hit]:
    """The records at these places that are there and match now, read in one batch."""
    owner = profile_key(ctx.uid)
    summaries = {place: session_key(ctx.uid, place[1]) for place in places}
    turns = {place: conversation_key(ctx.uid, place[1], place[2]) for place in places if place[2]}
    if not places:
        return []
    snapshot = await ctx.store.get(list({owner, *summaries.values(), *turns.values()}))
    shows = limits(ctx, snapshot.get(owner)).shows
    hits = []
    for place in places:
        session = present(ctx, snapshot, summaries[place])
        turn = snapshot.get(turns[place]) if place in turns else None
        if session is None or session.temporary:
            continue
        if place in turns and (turn is None or not shows(turn)):
            continue
        texts = [turn.query, turn.response] if turn else [session.custom_title]
        if matches(search_text(*texts), wanted):
            said = max(
                (text for text in texts if text),
                key=lambda text: sum(pattern in search_text(text) for pattern in wanted),
            )
            found = state(ctx, snapshot.get(owner), session)
            hits.append(Hit(place, found, turn, snippet(said, wanted)))
    return hits
