"""Lists of sessions: their filter, order and counts."""

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry

from resolvers.sessions import session_lists
from schema.session import SessionStatus


@strawberry.enum(description="The order of a list of sessions.")
class SessionOrder(Enum):
    LAST_ACTIVE = strawberry.enum_value("last_active", description="Latest activity first.")
    CREATED_AT = strawberry.enum_value("created_at", description="Newest session first.")
    CONVERSATION_COUNT = strawberry.enum_value(
        "conversation_count", description="Most turns first."
    )


@strawberry.input(description="Narrows a list of sessions. All conditions must hold.")
class SessionFilter:
    status: SessionStatus | None = strawberry.field(
        default=None, description="Only sessions with this status."
    )
    pinned: bool | None = strawberry.field(
        default=None, description="Only pinned sessions, or only others."
    )
    tag: str | None = strawberry.field(default=None, description="Only sessions with this tag.")
    title: str | None = strawberry.field(
        default=None, description="Only sessions whose title contains this text; case is ignored."
    )
    since: datetime | None = strawberry.field(
        default=None,
        description="Only from this time on, of what the list is ordered by: a time.",
    )
    until: datetime | None = strawberry.field(
        default=None,
        description="Only from before this time, of what the list is ordered by: a time.",
    )

    def wanted(self, order: SessionOrder) -> session_lists.SessionFilter:
        """The filter for the use case."""
        by: Any = order.value
        return session_lists.SessionFilter(
            order=by,
            status=self.status.value if self.status else None,
            pinned=self.pinned,
            tag=self.tag,
            title=self.title,
            since=self.since,
            until=self.until,
        )


@strawberry.type(description="How many sessions a user has, without temporary ones.")
class SessionCounts:
    active: int = strawberry.field(description="Active sessions.")
    archived: int = strawberry.field(description="Archived sessions.")
    trash: int = strawberry.field(description="Sessions in the trash.")
