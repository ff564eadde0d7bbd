"""The results of a search."""

from datetime import datetime

import strawberry

from resolvers.pagination import Page
from resolvers.search.search import Hit, SearchPage
from resolvers.sessions.branches import beside
from schema.conversation import Conversation
from schema.ids import global_id
from schema.pagination import PageInfo, connect, edges
from schema.session import Session


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

    @classmethod
    def of(cls, hit: Hit, cursor: str) -> "SearchHit":
        """The GraphQL form of a hit with this cursor."""
        return cls(
            id=strawberry.ID(global_id("SearchHit", cursor)),
            session=Session.of(hit.session),
            conversation=None
            if hit.conversation is None
            else Conversation.of(
                hit.conversation, hit.session.limits.now, beside(hit.session.session)
            ),
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
        )


@strawberry.type(description="A hit in a page of hits.")
class SearchEdge:
    cursor: str = strawberry.field(description="The hit's position among the results.")
    node: SearchHit = strawberry.field(description="The hit.")


@strawberry.type(description="Search results, newest first.")
class SearchConnection:
    page: strawberry.Private[Page[Hit]]
    nodes: list[SearchHit] = strawberry.field(description="The hits.")
    page_info: PageInfo = strawberry.field(
        description="The page's position in the list. A page can be short although more follows."
    )
    complete: bool = strawberry.field(
        description="False if the mirror is so far behind that something recent may be missing."
    )

    @classmethod
    def of(cls, found: SearchPage) -> "SearchConnection":
        """The GraphQL form of a page of hits."""
        cursors = iter(found.page.cursors)
        hits = connect(found.page, lambda hit: SearchHit.of(hit, next(cursors)))
        return cls(**hits, complete=found.complete)

    @strawberry.field(description="The hits with their cursors.")
    def edges(self) -> list[SearchEdge]:
        return edges(self.page, self.nodes, SearchEdge)
