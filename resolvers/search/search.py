"""Search in the viewer's own history: in the text of turns, and in titles set by the user; by words and by
meaning.

The warehouse proposes candidates and the store decides: every candidate is read from the store and
matched again. So new text is found at once, and deleted text never.
"""

from dataclasses import replace

from analytics.embedding.port import EmbedderUnavailable
from analytics.search import END, Scope
from analytics.search_query import SearchQuery
from resolvers.context import Context
from resolvers.input_limits import microseconds
from resolvers.pagination import Cursors
from resolvers.search.newest import newest_hits
from resolvers.search.relevance import best_hits
from resolvers.search.request import SearchRequest, check
from resolvers.search.results import SearchPage
from resolvers.search.semantic import meaning_of
from resolvers.search.session_filters import narrowed
from resolvers.search.spelling import corrected
from resolvers.search.unconfirmed import unconfirmed


async def search(ctx: Context, request: SearchRequest) -> SearchPage:
    """The viewer's matching turns and sessions; raises `Refused`. If nothing has the words, misspelt ones are
    replaced by the viewer's own words."""
    query = check(ctx, request)
    own = _cursors(ctx, request)
    after = request.page.after
    found = None
    if after is None or own.made(after):
        found = await _search(ctx, request, query, own)
        if after is not None or _answers(found):
            return found
    text = await corrected(ctx, query, request.query)
    if text is None:
        return found or await _search(ctx, request, query, own)
    other_request = replace(request, query=text)
    other_query, cursors = check(ctx, other_request), _cursors(ctx, other_request)
    other = await _search(ctx, other_request, other_query, cursors)
    if found is None or _has_words(other):
        return replace(other, corrected_query=text)
    return found


def _cursors(ctx: Context, request: SearchRequest) -> Cursors:
    return Cursors(ctx.digests, f"{ctx.uid}/search/{request.order}/{request.query}")


def _answers(found: SearchPage) -> bool:
    return _has_words(found) or (found.page.has_next and not found.page.items)


def _has_words(found: SearchPage) -> bool:
    return any("words" in hit.matched_by for hit in found.page.items)


async def _search(
    ctx: Context, request: SearchRequest, query: SearchQuery, cursors: Cursors
) -> SearchPage:
    within = await narrowed(ctx, query)
    waiting = await unconfirmed(ctx)
    if not query.terms:
        # If only a title or tags were given, the sessions themselves are the hits.
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
    complete = waiting.complete and within.complete
    if request.order == "newest":
        page = await newest_hits(ctx, query, scope, waiting, request.page, cursors)
        return SearchPage(page, complete)
    try:
        meaning = await meaning_of(ctx, query)
        page = await best_hits(ctx, query, scope, waiting, meaning, request.page, cursors)
        return SearchPage(page, complete)
    except EmbedderUnavailable:
        page = await best_hits(ctx, query, scope, waiting, None, request.page, cursors)
        return SearchPage(page, complete=False)
