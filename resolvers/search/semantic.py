"""The meaning of a query, and turns with a similar meaning.

The mirror's vectors are compared in the warehouse; records that it has not confirmed are embedded here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.embedding.port import Embedder, Vector, similarity
from analytics.search import Position, Scope, nearest
from analytics.search_query import SearchQuery
from resolvers.context import Context
from resolvers.search.hits import Hit

NEAREST = 50
"""The most turns that are found by meaning; more distant ones have less and less to do with the query."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """The meaning of a query."""

    embedder: Embedder
    vector: Vector

    async def mirrored(
        self, ctx: Context, query: SearchQuery, scope: Scope
    ) -> dict[Position, float]:
        """The nearest turns in the mirror, and how near each is."""
        found = await nearest(ctx.warehouse, query, scope, NEAREST, self.embedder, self.vector)
        return {each.position: each.score for each in found}

    async def of(self, hits: Sequence[Hit]) -> dict[Position, float]:
        """How near each of these turns is, without distant ones. Raises `EmbedderUnavailable`."""
        turns = [hit for hit in hits if hit.conversation is not None]
        if not turns:
            return {}
        texts = [
            (hit.conversation.query, hit.conversation.response) for hit in turns if hit.conversation
        ]
        vectors = await self.embedder.documents(texts)
        near = {
            hit.position: similarity(self.vector, vector)
            for hit, vector in zip(turns, vectors, strict=True)
            if vector is not None
        }
        return {position: score for position, score in near.items() if score >= self.embedder.floor}


async def meaning_of(ctx: Context, query: SearchQuery) -> Meaning | None:
    """The meaning of a query's words; None if it is not searched by meaning. Raises `EmbedderUnavailable`.

    One vector stands for question and answer together, so a search in only one of them is by words alone.
    """
    if ctx.embedder is None or query.side is not None or not query.text:
        return None
    vector = await ctx.embedder.query(query.text)
    return None if vector is None else Meaning(ctx.embedder, vector)
