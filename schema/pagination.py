"""Relay's page information, and the arguments every connection takes."""

from typing import Annotated, Any, TypeAlias

import strawberry

from resolvers.pages import DEFAULT_PAGE, PAGE_LIMIT, Page

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


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more comes after this page.")
    has_previous_page: bool = strawberry.field(description="Whether more comes before this page.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first edge.")
    end_cursor: str | None = strawberry.field(description="The cursor to go on from, as `after`.")


def page_info(page: Page[Any]) -> PageInfo:
    """Relay's information on a page."""
    return PageInfo(
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
        start_cursor=page.start_cursor,
        end_cursor=page.end_cursor,
    )
