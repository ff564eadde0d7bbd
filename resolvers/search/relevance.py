"""The best hits first: rankings by several measures, fused by reciprocal rank.

Cormack, Clarke and Büttcher (2009), "Reciprocal rank fusion outperforms Condorcet and individual rank
learning methods": a record's score is the sum of 1 / (60 + its rank) over the rankings that have it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from analytics.search import Position, Scope, best
from analytics.search_query import SearchQuery
from resolvers.context import Context
from resolvers.pagination import Cursors, Page, PageRequest
from resolvers.search.hits import CHUNK, Hit, matching
from resolvers.search.results import collect
from resolvers.search.unconfirmed import Unconfirmed

RANKED = 200
"""How many candidates each ranking has. Beyond them hits are to be had newest first."""
UNCONFIRMED = 500
"""Records that the mirror has not confirmed, of which the latest are matched here."""
K = 60
UNIT = 10**9
"""Scores in cursors are integers: parts of this."""


def fuse(rankings: Iterable[Sequence[Position]]) -> list[tuple[int, Position]]:
    """Score and position of everything that is ranked, best first, and of equals the latest."""
    scores: dict[Position, float] = defaultdict(float)
    for ranking in rankings:
        for rank, position in enumerate(ranking, 1):
            scores[position] += 1 / (K + rank)
    return sorted(((round(UNIT * s), position) for position, s in scores.items()), reverse=True)


async def best_hits(
    ctx: Context,
    query: SearchQuery,
    scope: Scope,
    waiting: Unconfirmed,
    request: PageRequest,
    cursors: Cursors,
) -> Page[Hit]:
    """A page of hits in the scope. The ranking is made anew for each page."""
    after = cursors.decode(request.after, "after") if request.after is not None else None
    found = await best(ctx.warehouse, query, scope, RANKED, ctx.now())
    rankings = [[candidate.position for candidate in found]]
    rankings.append(await _just_written(ctx, query, scope, waiting))
    ranked = [each for each in fuse(rankings) if after is None or (each[0], *each[1]) < after]
    scores = {position: score for score, position in ranked}
    hits: list[Hit] = []
    size = await collect(ctx, query, list(scores), hits, request.size)
    shown = hits[:size]
    positions = [(scores[hit.position], *hit.position) for hit in shown]
    return Page(
        items=shown,
        positions=positions,
        cursors_of_list=cursors,
        has_next=len(hits) > size,
        has_previous=after is not None,
        start=positions[0] if positions else None,
        end=positions[-1] if positions else None,
    )


async def _just_written(
    ctx: Context, query: SearchQuery, scope: Scope, waiting: Unconfirmed
) -> list[Position]:
    """What matches of what the mirror has not confirmed, latest first. Only the positions are kept:
    their texts may be large."""
    within = (each for each in waiting.positions if (scope.since, "", "") <= each < scope.before)
    latest = sorted(within, reverse=True)[:UNCONFIRMED]
    found: list[Position] = []
    for start in range(0, len(latest), CHUNK):
        found += [hit.position for hit in await matching(ctx, latest[start : start + CHUNK], query)]
    return found
