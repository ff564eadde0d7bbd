"""Did you mean: a misspelt word is replaced by the nearest of the viewer's own words."""

from analytics.search import nearest_words
from analytics.search_query import SearchQuery, replaced
from analytics.search_text import fold
from resolvers.context import Context

SHORTEST = 4
"""The fewest letters of a word that is corrected; shorter words are near to too many others."""
MOST = 10
"""The most words of a query that are corrected."""


async def corrected(ctx: Context, query: SearchQuery, text: str) -> str | None:
    """The text of a query, with words that the viewer has never used replaced by words that they have; None
    if there are no such words or no near ones. The new words may come from a turn that is gone by now, so
    show it only if it finds something."""
    words = [folded for word in query.words if len(folded := fold(word)) >= SHORTEST][:MOST]
    if not words:
        return None
    nearest = await nearest_words(ctx.warehouse, ctx.uid, words)
    changed = {word: own for word, own in nearest.items() if word != own}
    return replaced(text, changed) if changed else None
