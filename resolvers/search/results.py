"""A page of results: hits of candidates, which are read from the store until the page is full."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from itertools import accumulate

from analytics.search import Position
from analytics.search_query import SearchQuery
from resolvers.context import Context
from resolvers.pagination import PAGE_SIZE, Page
from resolvers.search.hits import CHUNK, Hit, matching


@dataclass(frozen=True, slots=True)
class SearchPage:
    """A page of hits."""

    page: Page[Hit]
    complete: bool
    """False if hits may be missing: the mirror is far behind, there are more sessions than are checked for a
    title or tag, or the embedder is unavailable and only words were compared."""
    corrected_query: str | None = None
    """The query that was searched for instead, because the original one matched nothing."""


async def collect(
    ctx: Context,
    query: SearchQuery,
    positions: Sequence[Position],
    hits: list[Hit],
    size: int,
    near: Set[Position] = frozenset(),
) -> int:
    """Add hits of candidates, in their order, until there is one more than fit on the page. Returns how many
    fit; fewer than `size` if they are large."""
    for start in range(0, len(positions), CHUNK):
        hits += await matching(ctx, positions[start : start + CHUNK], query, near)
        size = min(size, _full(hits) or size)
        if len(hits) > size:
            break
    return size


def _full(hits: Iterable[Hit]) -> int | None:
    """How many hits fill a page by their size; None if all of them together don't."""
    sizes = accumulate(hit.size for hit in hits)
    return next((count for count, size in enumerate(sizes, 1) if size >= PAGE_SIZE), None)
