"""The best hits first: rankings by words and by meaning, fused by reciprocal rank.

Cormack, Clarke and Büttcher (2009), "Reciprocal rank fusion outperforms Condorcet and individual rank
learning methods": a record's score is the sum of 1 / (60 + its rank) over the rankings that have it.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from analytics.search import Position, Scope, best
from analytics.search_query import SearchQuery
from resolvers.context import Context
from resolvers.pagination import Cursors, Page, PageRequest
from resolvers.search.hits import CHUNK, Hit, matching
from resolvers.search.results import collect
from resolvers.search.semantic import Meaning
from resolvers.search.unconfirmed import Unconfirmed

RANKED = 200
"""How many candidates each ranking has. Further hits can be found with newest first."""
UNCONFIRMED = 500
"""The most unconfirmed records that are matched here, the latest ones."""
K = 60
BY_WORDS = 1.0
BY_MEANING = 0.9
"""The weights of the rankings. At the same rank, a turn that has the query's own words comes
first."""
EMBEDDED = 64
"""The most unconfirmed records that are embedded here, the latest ones."""
UNIT = 10**9
"""Scores in cursors are integers, in units of 1 / `UNIT`."""


def fuse(rankings: Iterable[tuple[float, Sequence[Position]]]) -> list[tuple[int, Position]]:
    """Score and position of everything that is ranked: best first, and the latest first among equals. Each
    ranking comes with its weight."""
    scores: dict[Position, float] = defaultdict(float)
    for weight, ranking in rankings:
        for rank, position in enumerate(ranking, 1):
            scores[position] += weight / (K + rank)
    return sorted(((round(UNIT * s), position) for position, s in scores.items()), reverse=True)


async def best_hits(
    ctx: Context,
    query: SearchQuery,
    scope: Scope,
    waiting: Unconfirmed,
    meaning: Meaning | None,
    request: PageRequest,
    cursors: Cursors,
) -> Page[Hit]:
    """A page of hits in the scope. The ranking is computed again for each page."""
    after = cursors.decode(request.after, "after") if request.after is not None else None
    fresh = await _just_written(ctx, query, scope, waiting, meaning)
    by_words, near = await asyncio.gather(
        best(ctx.warehouse, query, scope, RANKED, ctx.now()),
        _nearest(ctx, query, scope, fresh, meaning),
    )
    rankings = [
        (BY_WORDS, [candidate.position for candidate in by_words]),
        (BY_WORDS, fresh.by_words),
        (BY_MEANING, sorted(near, key=lambda position: (near[position], position), reverse=True)),
    ]
    ranked = [each for each in fuse(rankings) if after is None or (each[0], *each[1]) < after]
    scores = {position: score for score, position in ranked}
    hits: list[Hit] = []
    size = await collect(ctx, query, list(scores), hits, request.size, near.keys())
    shown = hits[:size]

    def position(hit: Hit) -> Sequence[int | str]:
        return (scores[hit.position], *hit.position)

    return Page(
        items=shown,
        position=position,
        cursors_of_list=cursors,
        has_next=len(hits) > size,
        has_previous=after is not None,
        start=position(shown[0]) if shown else None,
        end=position(shown[-1]) if shown else None,
    )


@dataclass(slots=True)
class _Fresh:
    """Matches among records that the mirror has not confirmed. Only positions are kept, since texts can be
    large."""

    by_words: list[Position] = field(default_factory=list)
    """The latest first."""
    near: dict[Position, float] = field(default_factory=dict)
    compared: set[Position] = field(default_factory=set)
    """Turns that were embedded in their current state, near or not; the mirror may have an older state."""


async def _nearest(
    ctx: Context, query: SearchQuery, scope: Scope, fresh: _Fresh, meaning: Meaning | None
) -> dict[Position, float]:
    if meaning is None:
        return {}
    found = await meaning.mirrored(ctx, query, scope)
    return {at: score for at, score in found.items() if at not in fresh.compared} | fresh.near


async def _just_written(
    ctx: Context,
    query: SearchQuery,
    scope: Scope,
    waiting: Unconfirmed,
    meaning: Meaning | None,
) -> _Fresh:
    within = (each for each in waiting.positions if (scope.since, "", "") <= each < scope.before)
    latest = sorted(within, reverse=True)[:UNCONFIRMED]
    found = _Fresh()
    for start in range(0, len(latest), CHUNK):
        part = latest[start : start + CHUNK]
        embedded = frozenset(part) if meaning is not None and start < EMBEDDED else frozenset()
        hits = await matching(ctx, part, query, embedded)
        found.by_words += [hit.position for hit in hits if "words" in hit.matched_by]
        if meaning is not None and embedded:
            found.near |= await meaning.of(hits)
            found.compared |= embedded
    return found
