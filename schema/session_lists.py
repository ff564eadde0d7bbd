"""Which sessions to list, in which order, and how many there are."""

from datetime import datetime
from enum import Enum

import strawberry

from resolvers.sessions import session_lists
from schema.session import SessionStatus


@strawberry.enum(description="What a list of sessions begins with.")
class SessionOrder(Enum):
    LAST_ACTIVE = strawberry.enum_value("last_active", description="The latest activity.")
    CREATED_AT = strawberry.enum_value("created_at", description="The youngest session.")


@strawberry.input(description="Narrows a list of sessions; all that is given must hold.")
class SessionFilter:
    status: SessionStatus | None = strawberry.field(default=None, description="Only this status.")
    pinned: bool | None = strawberry.field(default=None, description="Only pinned ones, or others.")
    tag: str | None = strawberry.field(default=None, description="Only those with this tag.")
    title: str | None = strawberry.field(
        default=None, description="Only those whose title has this text, in any case."
    )
    since: datetime | None = strawberry.field(
        default=None, description="Only from this time on, by what the list is ordered by."
    )
    until: datetime | None = strawberry.field(
        default=None, description="Only from before this time, by what the list is ordered by."
    )

    def wanted(self, order: SessionOrder) -> session_lists.SessionFilter:
        """The filter as the use case takes it."""
        return session_lists.SessionFilter(
            order="created_at" if order is SessionOrder.CREATED_AT else "last_active",
            status=self.status.value if self.status else None,
            pinned=self.pinned,
            tag=self.tag,
            title=self.title,
            since=self.since,
            until=self.until,
        )


@strawberry.type(description="How many sessions a user has; temporary ones are not counted.")
class SessionCounts:
    active: int = strawberry.field(description="Active sessions.")
    archived: int = strawberry.field(description="Archived sessions.")
    trash: int = strawberry.field(description="Sessions in the trash.")
