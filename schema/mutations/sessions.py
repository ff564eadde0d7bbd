"""Mutations of sessions."""

import strawberry
from strawberry import Info
from strawberry.scalars import JSON

from resolvers.context import Context
from resolvers.sessions import sessions
from schema.errors import UserError, refusable
from schema.ids import session_id
from schema.preferences import SessionPreferencesInput, patch
from schema.scalars import json_or
from schema.session import Session


@strawberry.input(description="A session to open.")
class CreateSessionInput:
    session_id: str | None = strawberry.field(
        default=None,
        description="The client's own id for it: 1 to 64 letters, digits, '-' and '_'. The same "
        "request with the same id again returns the session that it opened.",
    )
    title: str | None = strawberry.field(
        default=None, description="A title of at most 200 characters; else the first query's."
    )
    tags: list[str] = strawberry.field(
        default_factory=list, description="At most 20 labels of at most 50 characters."
    )
    metadata: JSON | None = strawberry.field(
        default=None, description="What the client keeps with it: an object of at most 16 KiB."
    )
    preferences: SessionPreferencesInput | None = strawberry.field(
        default=None, description="What this session changes of the user's preferences."
    )
    temporary: bool = strawberry.field(
        default=False,
        description="Whether it is neither listed nor searched nor mirrored, and gone after a day.",
    )


@strawberry.input(description="A new title for a session.")
class RenameSessionInput:
    session_id: strawberry.ID = strawberry.field(description="The session's id.")
    title: str | None = strawberry.field(
        description="At most 200 characters; null returns to the title taken from the first query."
    )


@strawberry.input(description="Changes of what a session overrides.")
class UpdateSessionPreferencesInput:
    session_id: strawberry.ID = strawberry.field(description="The session's id.")
    preferences: SessionPreferencesInput = strawberry.field(description="What to change.")


@strawberry.input(description="Whether a session is pinned.")
class PinSessionInput:
    session_id: strawberry.ID = strawberry.field(description="The session's id.")
    pinned: bool = strawberry.field(
        description="True exempts it from archiving and time-out, false no longer."
    )


@strawberry.input(description="The tags of a session.")
class SetSessionTagsInput:
    session_id: strawberry.ID = strawberry.field(description="The session's id.")
    tags: list[str] = strawberry.field(
        description="All of its labels from now on: at most 20 of at most 50 characters."
    )


@strawberry.input(description="What the client keeps with a session.")
class UpdateSessionMetadataInput:
    session_id: strawberry.ID = strawberry.field(description="The session's id.")
    metadata: JSON = strawberry.field(description="All of it from now on: at most 16 KiB.")


@strawberry.type(description="A session after a change.")
class SessionPayload:
    session: Session | None = strawberry.field(
        default=None, description="The session; null if the input was refused."
    )
    archived_sessions: list[Session] = strawberry.field(
        default_factory=list,
        description="Sessions that were archived to make room for it: the least recently active.",
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why the input was refused; empty if it was not."
    )

    @classmethod
    def of(cls, state: sessions.SessionState) -> "SessionPayload":
        """The payload of a change that was made."""
        return cls(
            session=Session.of(state),
            archived_sessions=[Session.of(each) for each in state.archived],
        )


@strawberry.type
class SessionMutations:
    @strawberry.mutation(description="Open a session.")
    @refusable(SessionPayload)
    async def create_session(
        self, info: Info[Context, None], input: CreateSessionInput | None = None
    ) -> SessionPayload:
        wanted = input or CreateSessionInput()
        request = sessions.NewSession(
            session_id=wanted.session_id,
            title=wanted.title,
            tags=wanted.tags,
            metadata=json_or(wanted.metadata, {}),
            preferences=patch(wanted.preferences) if wanted.preferences else {},
            temporary=wanted.temporary,
        )
        return SessionPayload.of(await sessions.create_session(info.context, request))

    @strawberry.mutation(description="Give a session a title of the user's own.")
    @refusable(SessionPayload)
    async def rename_session(
        self, info: Info[Context, None], input: RenameSessionInput
    ) -> SessionPayload:
        key = session_id(input.session_id)
        return SessionPayload.of(await sessions.rename_session(info.context, key, input.title))

    @strawberry.mutation(description="Pin a session, or take the pin out.")
    @refusable(SessionPayload)
    async def pin_session(
        self, info: Info[Context, None], input: PinSessionInput
    ) -> SessionPayload:
        key = session_id(input.session_id)
        return SessionPayload.of(await sessions.pin_session(info.context, key, input.pinned))

    @strawberry.mutation(description="Replace the tags of a session.")
    @refusable(SessionPayload)
    async def set_session_tags(
        self, info: Info[Context, None], input: SetSessionTagsInput
    ) -> SessionPayload:
        key = session_id(input.session_id)
        return SessionPayload.of(await sessions.set_session_tags(info.context, key, input.tags))

    @strawberry.mutation(description="Replace what the client keeps with a session.")
    @refusable(SessionPayload)
    async def update_session_metadata(
        self, info: Info[Context, None], input: UpdateSessionMetadataInput
    ) -> SessionPayload:
        changed = await sessions.update_session_metadata(
            info.context, session_id(input.session_id), json_or(input.metadata, {})
        )
        return SessionPayload.of(changed)

    @strawberry.mutation(description="Change what one session overrides of the preferences.")
    @refusable(SessionPayload)
    async def update_session_preferences(
        self, info: Info[Context, None], input: UpdateSessionPreferencesInput
    ) -> SessionPayload:
        changed = await sessions.update_session_preferences(
            info.context, session_id(input.session_id), patch(input.preferences)
        )
        return SessionPayload.of(changed)
