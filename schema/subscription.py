"""All subscriptions."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from enum import Enum
from functools import partial
from typing import Annotated, Protocol, TypeAlias, TypeVar

import strawberry
from strawberry import Info

from resolvers.context import Context
from resolvers.live.changes import Change, conversation_changes, session_changes
from resolvers.live.preference_changes import preference_changes
from resolvers.preferences import effective
from resolvers.sessions.branches import beside
from resolvers.sessions.sessions import SessionState
from schema.conversation import Conversation
from schema.ids import global_id
from schema.ids import session_id as parse_session_id
from schema.preferences import Preferences
from schema.scalars import Moment
from schema.session import Session
from schema.viewer import Viewer
from stores import records

T = TypeVar("T")

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
        description="The session that changed; null in the first event, and where preferences changed."
    )
    deleted_session_id: strawberry.ID | None = strawberry.field(
        description="The session that left the list; null in other events."
    )
    changed_at: Moment | None = strawberry.field(
        description="When the session was last written; never earlier than in a previous event."
    )
    session: Session | None = strawberry.field(
        description="The session's present state; null once it is deleted."
    )

    @classmethod
    def of(cls, change: Change[SessionState]) -> "SessionChange":
        """The GraphQL form of an event."""
        session = None if change.id is None else _id("Session", change.id)
        return cls(
            kind=ChangeKind(change.kind),
            cursor=change.cursor,
            session_id=session,
            deleted_session_id=session if change.kind == "deleted" else None,
            changed_at=None if change.at is None else Moment(change.at),
            session=None if change.record is None else Session(state=change.record),
        )

    @strawberry.field(description="The viewer, to refresh counts and lists.")
    def viewer(self, info: Info[Context, None]) -> Viewer:
        return Viewer.of(info.context)


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
    deleted_conversation_id: strawberry.ID | None = strawberry.field(
        description="The turn that was deleted; null in other events."
    )
    changed_at: Moment | None = strawberry.field(
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
        """The GraphQL form of an event, at a time by the server's clock."""
        found = change.record
        turn = None if change.id is None else _id("Conversation", raw_session_id, change.id)
        return cls(
            kind=ChangeKind(change.kind),
            cursor=change.cursor,
            conversation_id=turn,
            deleted_conversation_id=turn if change.kind == "deleted" else None,
            changed_at=None if change.at is None else Moment(change.at),
            conversation=None
            if found is None
            else Conversation(turn=found[0], now=now, groups=beside(found[1])),
        )


@strawberry.type(
    description="An event of the viewer's preferences. Several changes may arrive as one."
)
class PreferenceChange:
    kind: ChangeKind = strawberry.field(
        description="BEGUN for the preferences as they are, CHANGED for a change."
    )
    cursor: str = strawberry.field(
        description="The cursor to continue from after an interruption, as `after`."
    )
    preferences: Preferences = strawberry.field(
        description="The preferences in force, unless a session overrides them."
    )

    @classmethod
    def of(cls, change: Change[effective.Preferences], uid: str) -> "PreferenceChange":
        """The GraphQL form of an event."""
        assert change.record is not None  # noqa: S101
        return cls(
            kind=ChangeKind(change.kind),
            cursor=change.cursor,
            preferences=Preferences.of_viewer(change.record, uid),
        )

    @strawberry.field(description="The viewer, to refresh what follows from preferences.")
    def viewer(self, info: Info[Context, None]) -> Viewer:
        return Viewer.of(info.context)


def _id(kind: str, *ids: str) -> strawberry.ID:
    return strawberry.ID(global_id(kind, *ids))


class _Follow(Protocol[T]):
    def __call__(self, ctx: Context, *, after: str | None) -> AsyncGenerator[Change[T], None]:
        """The changes after a cursor, or from now on."""


async def _positioned(
    info: Info[Context, None], after: str | None, follow: _Follow[T]
) -> AsyncGenerator[Change[T], None]:
    """Changes after the transport's position or, if it has none, after a cursor; each moves the position."""
    position = info.context.position
    async with aclosing(follow(info.context, after=position.after or after)) as changes:
        async for change in changes:
            position.reached, position.written_at = change.cursor, change.at
            yield change


@strawberry.type(description="All subscriptions.")
class Subscription:
    @strawberry.subscription(
        description="The viewer's sessions as they change, including temporary ones. A session "
        "counts "
        "as deleted when it is moved to the trash, and again when it is purged."
    )
    async def session_changes(
        self,
        info: Info[Context, None],
        after: AfterChange = None,
        preferences: Annotated[
            bool,
            strawberry.argument(
                description="Whether to tell too, by an event without a session, when the viewer's "
                "preferences have changed. After a cursor it comes at once, since they may have."
            ),
        ] = False,
    ) -> AsyncGenerator[SessionChange, None]:
        follow = partial(session_changes, preferences=preferences)
        async with aclosing(_positioned(info, after, follow)) as changes:
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
        follow = partial(conversation_changes, session_id=raw_id)
        async with aclosing(_positioned(info, after, follow)) as changes:
            async for change in changes:
                yield ConversationChange.of(change, raw_id, info.context.now())

    @strawberry.subscription(
        description="The viewer's preferences as they change on any device. What a session overrides is "
        "part of the session and comes with `sessionChanges`."
    )
    async def preference_changes(
        self,
        info: Info[Context, None],
        after: Annotated[
            str | None,
            strawberry.argument(
                description="The cursor of an earlier event, to get the preferences at once if they "
                "have changed since then. Without it the first event has them as they are."
            ),
        ] = None,
    ) -> AsyncGenerator[PreferenceChange, None]:
        async with aclosing(_positioned(info, after, preference_changes)) as changes:
            async for change in changes:
                yield PreferenceChange.of(change, info.context.uid)
