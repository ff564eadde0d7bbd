"""All subscriptions."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from enum import Enum
from typing import Annotated, TypeAlias

import strawberry
from strawberry import Info

from resolvers.context import Context
from resolvers.input_limits import moment
from resolvers.live.changes import Change, conversation_changes, session_changes
from resolvers.sessions.branches import beside
from resolvers.sessions.sessions import SessionState
from schema.conversation import Conversation
from schema.ids import global_id
from schema.ids import session_id as parse_session_id
from schema.session import Session
from stores import records

AfterChange: TypeAlias = Annotated[
    str | None,
    strawberry.argument(
        description="The cursor of an earlier event, to get everything that has changed since "
        "then. Without it the subscription begins now, which its first event says."
    ),
]


@strawberry.enum(description="The kind of an event.")
class ChangeKind(Enum):
    BEGUN = strawberry.enum_value(
        "begun", description="Nothing has changed yet; from here on every change is reported."
    )
    CHANGED = strawberry.enum_value("changed", description="It is new, or has changed.")
    DELETED = strawberry.enum_value(
        "deleted", description="It was deleted or has expired, and leaves its list."
    )


@strawberry.type(
    description="An event of the viewer's sessions. Several changes of one session may arrive as "
    "one, "
    "with its latest state, and no event is older than an earlier one. An event may arrive twice."
)
class SessionChange:
    kind: ChangeKind = strawberry.field(description="The kind of this event.")
    cursor: str = strawberry.field(
        description="The cursor to continue from after an interruption, as `after`."
    )
    session_id: strawberry.ID | None = strawberry.field(
        description="The session that changed; null in the first event."
    )
    changed_at: datetime | None = strawberry.field(
        description="When the session was last written; never earlier than in a previous event."
    )
    session: Session | None = strawberry.field(
        description="The session's present state, also in the trash; null once it has been purged."
    )

    @classmethod
    def of(cls, change: Change[SessionState]) -> "SessionChange":
        """The GraphQL form of an event."""
        return cls(
            kind=ChangeKind(change.kind),
            cursor=change.cursor,
            session_id=None if change.id is None else _id("Session", change.id),
            changed_at=None if change.at is None else moment(change.at),
            session=None if change.record is None else Session.of(change.record),
        )


@strawberry.type(
    description="An event of a session's turns. Several changes of one turn may arrive as one, "
    "with "
    "its latest state, and no event is older than an earlier one. An event may arrive twice."
)
class ConversationChange:
    kind: ChangeKind = strawberry.field(description="The kind of this event.")
    cursor: str = strawberry.field(
        description="The cursor to continue from after an interruption, as `after`."
    )
    conversation_id: strawberry.ID | None = strawberry.field(
        description="The turn that changed; null in the first event."
    )
    changed_at: datetime | None = strawberry.field(
        description="When the turn was last written; never earlier than in a previous event."
    )
    conversation: Conversation | None = strawberry.field(
        description="The turn's present state; null once it is deleted."
    )

    @classmethod
    def of(
        cls,
        change: Change[tuple[records.Conversation, records.Session]],
        raw_session_id: str,
        now: int,
    ) -> "ConversationChange":
        """The GraphQL form of an event, at a time of the server's clock."""
        found = change.record
        turn = None if change.id is None else _id("Conversation", raw_session_id, change.id)
        return cls(
            kind=ChangeKind(change.kind),
            cursor=change.cursor,
            conversation_id=turn,
            changed_at=None if change.at is None else moment(change.at),
            conversation=None
            if found is None
            else Conversation.of(found[0], now, beside(found[1])),
        )


def _id(kind: str, *ids: str) -> strawberry.ID:
    return strawberry.ID(global_id(kind, *ids))


@strawberry.type(description="All subscriptions.")
class Subscription:
    @strawberry.subscription(
        description="The viewer's sessions as they change, including temporary ones. A session "
        "counts "
        "as deleted when it is moved to the trash, and again when it is purged."
    )
    async def session_changes(
        self, info: Info[Context, None], after: AfterChange = None
    ) -> AsyncGenerator[SessionChange, None]:
        async with aclosing(session_changes(info.context, after)) as changes:
            async for change in changes:
                yield SessionChange.of(change)

    @strawberry.subscription(
        description="The turns of a session as they are recorded, written on, answered, rated and "
        "deleted. It "
        "ends "
        "when the session is deleted. A turn that expires disappears without an event."
    )
    async def conversation_changes(
        self,
        info: Info[Context, None],
        session_id: Annotated[strawberry.ID, strawberry.argument(description="The session's id.")],
        after: AfterChange = None,
    ) -> AsyncGenerator[ConversationChange, None]:
        raw_id = parse_session_id(session_id)
        async with aclosing(conversation_changes(info.context, raw_id, after)) as changes:
            async for change in changes:
                yield ConversationChange.of(change, raw_id, info.context.now())
