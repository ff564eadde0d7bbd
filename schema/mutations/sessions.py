"""Mutations of sessions."""

import strawberry
from strawberry import Info
from strawberry.scalars import JSON

from resolvers import sessions
from resolvers.context import Context
from schema.errors import UserError, refusable
from schema.ids import global_id, session_id
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


@strawberry.input(description="A session.")
class SessionInput:
    session_id: strawberry.ID = strawberry.field(description="The session's id.")


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


@strawberry.type(description="A session after a change.")
class SessionPayload:
    session: Session | None = strawberry.field(
        default=None, description="The session; null if the input was refused."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why the input was refused; empty if it was not."
    )


@strawberry.type(description="The outcome of a deletion.")
class DeleteSessionPayload:
    deleted_session_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The id of the session that is in the trash now; null if refused.",
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why the input was refused; empty if it was not."
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
        )
        return SessionPayload(
            session=Session.of(await sessions.create_session(info.context, request))
        )

    @strawberry.mutation(description="Give a session a title of the user's own.")
    @refusable(SessionPayload)
    async def rename_session(
        self, info: Info[Context, None], input: RenameSessionInput
    ) -> SessionPayload:
        renamed = await sessions.rename_session(
            info.context, session_id(input.session_id), input.title
        )
        return SessionPayload(session=Session.of(renamed))

    @strawberry.mutation(description="Change what one session overrides of the preferences.")
    @refusable(SessionPayload)
    async def update_session_preferences(
        self, info: Info[Context, None], input: UpdateSessionPreferencesInput
    ) -> SessionPayload:
        changed = await sessions.update_session_preferences(
            info.context, session_id(input.session_id), patch(input.preferences)
        )
        return SessionPayload(session=Session.of(changed))

    @strawberry.mutation(description="Put a session aside; it stays readable.")
    @refusable(SessionPayload)
    async def archive_session(
        self, info: Info[Context, None], input: SessionInput
    ) -> SessionPayload:
        archived = await sessions.archive_session(info.context, session_id(input.session_id))
        return SessionPayload(session=Session.of(archived))

    @strawberry.mutation(
        description="Make an archived session active again, or take one back out of the trash."
    )
    @refusable(SessionPayload)
    async def restore_session(
        self, info: Info[Context, None], input: SessionInput
    ) -> SessionPayload:
        restored = await sessions.restore_session(info.context, session_id(input.session_id))
        return SessionPayload(session=Session.of(restored))

    @strawberry.mutation(
        description="Move a session to the trash; `restoreSession` takes it back out."
    )
    @refusable(DeleteSessionPayload)
    async def delete_session(
        self, info: Info[Context, None], input: SessionInput
    ) -> DeleteSessionPayload:
        deleted = await sessions.delete_session(info.context, session_id(input.session_id))
        return DeleteSessionPayload(
            deleted_session_id=strawberry.ID(global_id("Session", deleted.session_id))
        )
