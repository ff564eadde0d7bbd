"""What all Relay connections have in common: their arguments, and how a page becomes a connection."""

from collections.abc import Sequence
from typing import Annotated, Any, Generic, Protocol, TypeAlias, TypedDict, TypeVar

import strawberry

from resolvers.pagination import DEFAULT_PAGE, PAGE_LIMIT, Page

First: TypeAlias = Annotated[
    int | None,
    strawberry.argument(
        description=f"How many from the start: 0 to {PAGE_LIMIT}, {DEFAULT_PAGE} if not given."
    ),
]
After: TypeAlias = Annotated[
    str | None, strawberry.argument(description="Only what comes after this cursor of the list.")
]
Last: TypeAlias = Annotated[
    int | None,
    strawberry.argument(
        description=f"How many from the end, in the list's order: 0 to {PAGE_LIMIT}."
    ),
]
Before: TypeAlias = Annotated[
    str | None, strawberry.argument(description="Only what comes before this cursor of the list.")
]


@strawberry.type(description="A page's position in its list.")
class PageInfo:
    page: strawberry.Private[Page[Any]]
    has_next_page: bool = strawberry.field(description="Whether more comes after this page.")
    has_previous_page: bool = strawberry.field(description="Whether more comes before this page.")

    @strawberry.field(description="The cursor of the first edge.")
    def start_cursor(self) -> str | None:
        return self.page.start_cursor

    @strawberry.field(description="The cursor to continue from, as `after`.")
    def end_cursor(self) -> str | None:
        return self.page.end_cursor


Item = TypeVar("Item")
Node = TypeVar("Node")
Edge = TypeVar("Edge")
NodeIn = TypeVar("NodeIn", contravariant=True)
EdgeOut = TypeVar("EdgeOut", covariant=True)


class EdgeType(Protocol[NodeIn, EdgeOut]):
    """The type of a connection's edges."""

    def __call__(self, *, cursor: str, node: NodeIn) -> EdgeOut:
        """An edge."""


class Connected(TypedDict, Generic[Item, Node]):
    """The fields that all connections have."""

    page: Page[Item]
    nodes: list[Node]
    page_info: PageInfo


def connect(page: Page[Item], nodes: list[Node]) -> Connected[Item, Node]:
    """The fields of a connection for a page whose items have these GraphQL forms."""
    return {
        "page": page,
        "nodes": nodes,
        "page_info": PageInfo(
            page=page, has_next_page=page.has_next, has_previous_page=page.has_previous
        ),
    }


def edges(page: Page[Item], nodes: Sequence[Node], edge: EdgeType[Node, Edge]) -> list[Edge]:
    """The edges of a page whose items have these GraphQL forms."""
    return [edge(cursor=c, node=node) for c, node in zip(page.cursors, nodes, strict=True)]
