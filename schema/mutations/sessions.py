"""Mutations that change sessions."""

import strawberry
from strawberry import Info
from strawberry.scalars import JSON

from resolvers.context import Context
from resolvers.sessions import sessions
from schema.errors import refusable
from schema.ids import session_id
from schema.mutations.payload import Payload
from schema.preferences import SessionPreferencesInput, patch
from schema.scalars import json_or
from schema.session import Session, SessionEdge


@strawberry.input(description="A session to open.")
class CreateSessionInput:
    client_id: str | None = strawberry.field(
        default=None,
        description="The client's own id for it: 1 to 64 letters, digits, '-' and '_'. Repeating "
        "the same request with the same id returns the session that was opened first.",
    )
    title: str | None = strawberry.field(
        default=None,
        description="A title of at most 200 characters; without it the title comes from the first "
        "query.",
    )
    tags: list[str] = strawberry.field(
        default_factory=list, description="At most 20 labels of at most 50 characters."
    )
    metadata: JSON | None = strawberry.field(
        default=None, description="The client's own data about it: an object of at most 16 KiB."
    )
    preferences: SessionPreferencesInput | None = strawberry.field(
        default=None, description="The user's preferences that this session overrides."
    )
    temporary: bool = strawberry.field(
        default=False,
        description="Whether it is temporary: not listed, searched or mirrored, and gone after a "
        "day.",
    )


@strawberry.input(description="A new title for a session.")
class RenameSessionInput:
    session_id: strawberry.ID = strawberry.field(description="The session's id.")
    title: str | None = strawberry.field(
        description="At most 200 characters; null returns to the title derived from the first "
        "query."
    )


@strawberry.input(description="Changes to the preferences that a session overrides.")
class UpdateSessionPreferencesInput:
    session_id: strawberry.ID = strawberry.field(description="The session's id.")
    preferences: SessionPreferencesInput = strawberry.field(description="What to change.")


@strawberry.input(description="Whether a session is pinned.")
class PinSessionInput:
    session_id: strawberry.ID = strawberry.field(description="The session's id.")
    pinned: bool = strawberry.field(
        description="True exempts it from archiving and time-out; false ends that."
    )


@strawberry.input(description="The tags of a session.")
class SetSessionTagsInput:
    session_id: strawberry.ID = strawberry.field(description="The session's id.")
    tags: list[str] = strawberry.field(
        description="All of its labels, replacing the old ones: at most 20 of at most 50 "
        "characters."
    )


@strawberry.input(description="The client's own data about a session.")
class UpdateSessionMetadataInput:
    session_id: strawberry.ID = strawberry.field(description="The session's id.")
    metadata: JSON = strawberry.field(
        description="The new metadata, replacing the old: at most 16 KiB."
    )


@strawberry.type(description="A session after a change.")
class SessionPayload(Payload):
    session: Session | None = strawberry.field(
        default=None, description="The session; null if the input was refused."
    )
    archived_sessions: list[Session] = strawberry.field(
        default_factory=list,
        description="Sessions that were archived to make room: the least recently active.",
    )

    @classmethod
    def of(cls, state: sessions.SessionState) -> "SessionPayload":
        """The payload after a change."""
        return cls(
            session=Session(state=state),
            archived_sessions=[Session(state=each) for each in state.archived],
        )

    @strawberry.field(
        description="The session with its position among the sessions, latest activity first; null for "
        "a temporary one, which is not listed, and if the input was refused."
    )
    def session_edge(self, info: Info[Context, None]) -> SessionEdge | None:
        return SessionEdge.of(info.context, self.session)


@strawberry.type
class SessionMutations:
    @strawberry.mutation(description="Open a session.")
    @refusable(SessionPayload)
    async def create_session(
        self, info: Info[Context, None], input: CreateSessionInput | None = None
    ) -> SessionPayload:
        wanted = input or CreateSessionInput()
        request = sessions.NewSession(
            session_id=wanted.client_id,
            title=wanted.title,
            tags=wanted.tags,
            metadata=json_or(wanted.metadata, {}),
            preferences=patch(wanted.preferences) if wanted.preferences else {},
            temporary=wanted.temporary,
        )
        return SessionPayload.of(await sessions.create_session(info.context, request))

    @strawberry.mutation(description="Set the user's own title of a session.")
    @refusable(SessionPayload)
    async def rename_session(
        self, info: Info[Context, None], input: RenameSessionInput
    ) -> SessionPayload:
        key = session_id(input.session_id)
        return SessionPayload.of(await sessions.rename_session(info.context, key, input.title))

    @strawberry.mutation(description="Pin or unpin a session.")
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

    @strawberry.mutation(description="Replace the metadata of a session.")
    @refusable(SessionPayload)
    async def update_session_metadata(
        self, info: Info[Context, None], input: UpdateSessionMetadataInput
    ) -> SessionPayload:
        changed = await sessions.update_session_metadata(
            info.context, session_id(input.session_id), json_or(input.metadata, {})
        )
        return SessionPayload.of(changed)

    @strawberry.mutation(description="Change the preferences that one session overrides.")
    @refusable(SessionPayload)
    async def update_session_preferences(
        self, info: Info[Context, None], input: UpdateSessionPreferencesInput
    ) -> SessionPayload:
        changed = await sessions.update_session_preferences(
            info.context, session_id(input.session_id), patch(input.preferences)
        )
        return SessionPayload.of(changed)
