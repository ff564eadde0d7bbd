"""Hits, newest first, in any number of pages: each continues at a position in time."""

from dataclasses import replace
from operator import attrgetter

from analytics.search import Position, Scope, newest
from analytics.search_query import SearchQuery
from resolvers.context import Context
from resolvers.pagination import Cursors, Page, PageRequest
from resolvers.search.hits import Hit
from resolvers.search.results import collect
from resolvers.search.unconfirmed import Unconfirmed

ROUNDS = 8
"""How many batches of candidates one request checks before it returns a cursor from which to continue."""
BATCH_LIMIT = 500
"""Most records in one batch, including unconfirmed ones."""


async def newest_hits(
    ctx: Context,
    query: SearchQuery,
    scope: Scope,
    waiting: Unconfirmed,
    request: PageRequest,
    cursors: Cursors,
) -> Page[Hit]:
    """A page of hits in the scope."""
    size = request.size
    before = scope.before
    if request.after is not None:
        time, session_id, conversation_id = cursors.decode(request.after, "after")
        before = min(before, (int(time), str(session_id), str(conversation_id)))
    hits: list[Hit] = []
    batch = 2 * size + 10
    more = True
    for _ in range(ROUNDS):
        found = await newest(ctx.warehouse, query, replace(scope, before=before), batch)
        proposed = [candidate.position for candidate in found]
        more = len(proposed) == batch
        horizon: Position = proposed[-1] if more else (scope.since, "", "")
        nearer = {position for position in waiting.positions if horizon <= position < before}
        positions = sorted({*proposed, *nearer}, reverse=True)
        if len(positions) > BATCH_LIMIT:
            more, positions = True, positions[:BATCH_LIMIT]
            horizon = positions[-1]
        size = await collect(ctx, query, positions, hits, size)
        before = horizon
        if len(hits) > size or not more:
            break
    shown = hits[:size]
    looked_at = before if more and len(hits) <= size else None
    return Page(
        items=shown,
        position=attrgetter("position"),
        cursors_of_list=cursors,
        has_next=more or len(hits) > size,
        has_previous=request.after is not None,
        start=shown[0].position if shown else None,
        end=looked_at or (shown[-1].position if shown else None),
    )
