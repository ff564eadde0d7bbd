"""A search request: the filters in its query and its arguments, checked and combined."""

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
    """A search: every word and phrase must match, and all of the arguments."""

    query: str
    page: PageRequest
    order: Order = "relevance"
    since: datetime | None = None
    until: datetime | None = None
    model: str | None = None
    """Only turns answered by this model."""
    title: str | None = None
    """Only hits in sessions with these words in their own title."""
    tag: str | None = None
    side: Side | None = None
    """Only matches in the question, or only in the answer."""


def check(ctx: Context, request: SearchRequest) -> SearchQuery:
    """The query with the filters in it and the arguments; raises `Refused`."""
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
