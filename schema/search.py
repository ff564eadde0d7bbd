"""The results of a search."""

from datetime import datetime
from enum import Enum

import strawberry

from analytics.search_query import Side
from resolvers.pagination import Page, PageRequest
from resolvers.search.hits import Hit
from resolvers.search.request import SearchRequest
from resolvers.search.results import SearchPage
from schema.conversation import Conversation
from schema.ids import global_id
from schema.pagination import PageInfo, connect, edges
from schema.session import Session


@strawberry.enum(description="The order of search results.")
class SearchOrder(Enum):
    RELEVANCE = strawberry.enum_value(
        "relevance",
        description="The best first: how often, how rare, where and how lately the words were said, and how "
        "near the meaning is. The best 200 by words and 50 by meaning are ranked.",
    )
    NEWEST = strawberry.enum_value(
        "newest", description="The newest first, on to the oldest, by words alone."
    )


@strawberry.enum(description="Who said it.")
class SearchSide(Enum):
    ME = strawberry.enum_value("question", description="The viewer: the question.")
    ANSWER = strawberry.enum_value("answer", description="What answered.")


@strawberry.enum(description="Why a hit is among the results.")
class SearchMatch(Enum):
    WORDS = strawberry.enum_value(
        "words", description="It has every word of the query, in any form, and every phrase."
    )
    MEANING = strawberry.enum_value(
        "meaning", description="Its question and answer are about the same as the query."
    )


_SIDES: dict[SearchSide, Side] = {SearchSide.ME: "question", SearchSide.ANSWER: "answer"}


@strawberry.input(description="Narrows a search.")
class SearchFilter:
    since: datetime | None = strawberry.field(
        default=None, description="Only results from this time on."
    )
    until: datetime | None = strawberry.field(
        default=None, description="Only results from before this time."
    )
    model: str | None = strawberry.field(
        default=None, description="Only turns that this model answered, by its whole name."
    )
    title: str | None = strawberry.field(
        default=None, description="Only sessions whose own title has these words side by side."
    )
    tag: str | None = strawberry.field(default=None, description="Only sessions with this tag.")
    side: SearchSide | None = strawberry.field(
        default=None, description="Only where the question, or the answer, matches."
    )

    def wanted(self, query: str, page: PageRequest, order: SearchOrder) -> SearchRequest:
        """The request of the use case."""
        return SearchRequest(
            query=query,
            page=page,
            order="newest" if order is SearchOrder.NEWEST else "relevance",
            since=self.since,
            until=self.until,
            model=self.model,
            title=self.title,
            tag=self.tag,
            side=_SIDES[self.side] if self.side else None,
        )


@strawberry.type(description="A piece of an excerpt.")
class SnippetFragment:
    text: str = strawberry.field(description="The piece, as plain text.")
    highlighted: bool = strawberry.field(description="Whether this piece matched.")


@strawberry.type(description="A turn that matches, or a session whose title does.")
class SearchHit:
    id: strawberry.ID = strawberry.field(
        description="An id for caches: another search that finds the same has another. It is no node's."
    )
    session: Session = strawberry.field(
        description="The session of the turn, or the session whose title matches."
    )
    conversation: Conversation | None = strawberry.field(
        description="The turn; null if the session's title matched."
    )
    snippet: list[SnippetFragment] = strawberry.field(
        description="An excerpt around the first match, in pieces."
    )
    opens_at: str | None = strawberry.field(
        description="The cursor to open the session at this turn: `conversations(first: 50, "
        "after: opensAt, branch: branch)` begins with it. Null if the session's title matched."
    )
    branch: strawberry.ID | None = strawberry.field(
        description="The turn's branch, if the shown path doesn't have the turn; else null."
    )

    matched_by: list[SearchMatch] = strawberry.field(
        description="Why the hit is there: one reason or both. Without WORDS only phrases are highlighted in "
        "its excerpt, and without any it is the beginning of the text."
    )

    @classmethod
    def of(cls, hit: Hit, cursor: str) -> "SearchHit":
        """The GraphQL form of a hit with this cursor."""
        return cls(
            id=strawberry.ID(global_id("SearchHit", cursor)),
            session=Session(state=hit.session),
            conversation=None
            if hit.conversation is None
            else Conversation.of(hit.conversation, hit.session),
            snippet=[
                SnippetFragment(text=piece.text, highlighted=piece.highlighted)
                for piece in hit.snippet
            ],
            opens_at=hit.opens_at,
            branch=None
            if hit.branch is None
            else strawberry.ID(
                global_id("Branch", hit.session.session.session_id, str(hit.branch))
            ),
            matched_by=[SearchMatch(reason) for reason in hit.matched_by],
        )


@strawberry.type(description="A hit in a page of hits.")
class SearchEdge:
    cursor: str = strawberry.field(description="The hit's position among the results.")
    node: SearchHit = strawberry.field(description="The hit.")


@strawberry.type(description="The hits of one session in a page.")
class SearchGroup:
    session: Session = strawberry.field(description="The session.")
    hits: list[SearchHit] = strawberry.field(description="Its hits, in the order of the page.")


@strawberry.type(description="Search results.")
class SearchConnection:
    page: strawberry.Private[Page[Hit]]
    nodes: list[SearchHit] = strawberry.field(description="The hits.")
    page_info: PageInfo = strawberry.field(
        description="The page's position in the list. A page can be short although more follows."
    )
    complete: bool = strawberry.field(
        description="False if the mirror is so far behind that something recent may be missing."
    )
    corrected_query: str | None = strawberry.field(
        description="Did you mean: what was searched for in place of the query, in which nothing "
        "matched, with the nearest of the viewer's own words for words with a slip. Null if the hits "
        "are the query's own."
    )

    @classmethod
    def of(cls, found: SearchPage) -> "SearchConnection":
        """The GraphQL form of a page of hits."""
        hits = [*map(SearchHit.of, found.page.items, found.page.cursors)]
        return cls(
            **connect(found.page, hits),
            complete=found.complete,
            corrected_query=found.corrected_query,
        )

    @strawberry.field(
        description="The hits of the page by session, in the order of each one's first hit."
    )
    def groups(self) -> list[SearchGroup]:
        by_session: dict[str, SearchGroup] = {}
        for hit in self.nodes:
            group = by_session.setdefault(
                hit.session.state.session.session_id, SearchGroup(session=hit.session, hits=[])
            )
            group.hits.append(hit)
        return list(by_session.values())

    @strawberry.field(description="The hits with their cursors.")
    def edges(self) -> list[SearchEdge]:
        return edges(self.page, self.nodes, SearchEdge)
