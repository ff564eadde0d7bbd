"""What a caller asks for: the query's own filters and the arguments, checked and put together."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from analytics.search_query import BadQuery, SearchQuery, Side, parse, phrase_term
from resolvers.context import Context
from resolvers.errors import invalid
from resolvers.input_limits import (
    MODEL_CHARACTERS,
    SEARCH_CHARACTERS,
    TAG_CHARACTERS,
    TITLE_CHARACTERS,
    Checks,
)
from resolvers.pagination import PageRequest

Order = Literal["relevance", "newest"]


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A search: every word and phrase must match, and what the arguments say besides the query."""

    query: str
    page: PageRequest
    order: Order = "relevance"
    since: datetime | None = None
    until: datetime | None = None
    model: str | None = None
    """Only turns that this model answered."""
    title: str | None = None
    """Only in sessions whose own title has these words."""
    tag: str | None = None
    side: Side | None = None
    """Only where the question or the answer matches."""


def check(ctx: Context, request: SearchRequest) -> SearchQuery:
    """The query with its own filters and the arguments; raises `Refused`."""
    with Checks() as checks:
        checks.characters(request.query, SEARCH_CHARACTERS, "query")
        checks.time(request.since, ctx.now(), "filter", "since")
        checks.time(request.until, ctx.now(), "filter", "until")
        checks.characters(request.model, MODEL_CHARACTERS, "filter", "model")
        checks.characters(request.title, TITLE_CHARACTERS, "filter", "title")
        checks.characters(request.tag, TAG_CHARACTERS, "filter", "tag")
    try:
        query = parse(request.query)
    except BadQuery as error:
        raise invalid(str(error), "query") from None
    if request.title is not None and (title := phrase_term(request.title)):
        query.titles.append(title)
    if request.tag is not None:
        query.tags.append(request.tag)
    query.model = request.model or query.model
    query.side = request.side or query.side
    query.since = max(filter(None, (query.since, request.since)), default=None)
    query.until = min(filter(None, (query.until, request.until)), default=None)
    if not (query.terms or query.titles or query.tags):
        raise invalid("query has no letter or digit to search for.", "query")
    return query
