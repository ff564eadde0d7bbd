"""Search in the viewer's own history: in the text of turns, and in titles set by the user.

The warehouse proposes candidates and the store decides: every candidate is read from the store and
matched again, so what was just written is found at once and what is deleted never.
"""

from dataclasses import replace

from analytics.search import END, Scope
from analytics.search_query import SearchQuery
from resolvers.context import Context
from resolvers.input_limits import microseconds
from resolvers.pagination import Cursors
from resolvers.search.correcting import corrected
from resolvers.search.narrowing import narrowed
from resolvers.search.newest import newest_hits
from resolvers.search.relevance import best_hits
from resolvers.search.request import SearchRequest, check
from resolvers.search.results import SearchPage
from resolvers.search.unconfirmed import unconfirmed


async def search(ctx: Context, request: SearchRequest) -> SearchPage:
    """The viewer's turns and sessions that match; raises `Refused`. Where nothing matches, those that match
    with words of the viewer's own in place of words with a slip."""
    query = check(ctx, request)
    cursors = Cursors(ctx.digests, f"{ctx.uid}/search/{request.order}/{request.query}")
    found = await _search(ctx, request, query, cursors)
    if found.page.items or found.page.has_next:
        return found
    text = await corrected(ctx, query, request.query)
    if text is None:
        return found
    other = await _search(ctx, request, check(ctx, replace(request, query=text)), cursors)
    return replace(other, corrected_query=text) if other.page.items else found


async def _search(
    ctx: Context, request: SearchRequest, query: SearchQuery, cursors: Cursors
) -> SearchPage:
    within = await narrowed(ctx, query)
    waiting = await unconfirmed(ctx)
    if not query.terms:
        # Asked for by title or tag alone, the sessions are the hits.
        named = frozenset((each.created_at, each.session_id, "") for each in within.sessions or ())
        waiting = replace(waiting, positions=named)
    scope = Scope(
        uid=ctx.uid,
        before=(microseconds(query.until), "", "") if query.until else END,
        since=microseconds(query.since) if query.since else 0,
        sessions=None
        if within.sessions is None
        else [session.session_id for session in within.sessions],
    )
    hits = best_hits if request.order == "relevance" else newest_hits
    page = await hits(ctx, query, scope, waiting, request.page, cursors)
    return SearchPage(page, complete=waiting.complete and within.complete)
