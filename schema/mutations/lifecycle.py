"""Mutations for the life cycle of sessions: archive, trash, restore, temporary; one or many."""

from functools import partial

import strawberry
from strawberry import Info

from resolvers.context import Context
from resolvers.input_limits import Checks, bulk_ids
from resolvers.sessions import lifecycle
from schema.errors import UserError, refusable, user_errors
from schema.ids import global_id, session_id
from schema.mutations.payload import Payload
from schema.mutations.sessions import SessionPayload
from schema.session import Session


@strawberry.input(description="A session.")
class SessionInput:
    session_id: strawberry.ID = strawberry.field(description="The session's id.")


@strawberry.input(description="Sessions.")
class SessionsInput:
    session_ids: list[strawberry.ID] = strawberry.field(
        description="The ids of 1 to 100 sessions; duplicates are ignored."
    )


@strawberry.input(description="Sessions, and which tags they get and lose.")
class TagSessionsInput(SessionsInput):
    add: list[str] = strawberry.field(
        default_factory=list,
        description="Labels that each session gets, behind those it has: at most 20 of at most 50 "
        "characters. A session that would have more than 20 is refused.",
    )
    remove: list[str] = strawberry.field(
        default_factory=list,
        description="Labels that each session loses if it has them: at most 20 of at most 50 "
        "characters. What is also to be added stays.",
    )


@strawberry.type(description="The outcome of a deletion.")
class DeleteSessionPayload(Payload):
    deleted_session_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The id of the session that was moved to the trash; null if refused.",
    )
    session: Session | None = strawberry.field(
        default=None, description="The session in the trash; null if refused."
    )


@strawberry.type(description="The result for one of several sessions.")
class SessionResult:
    session_id: strawberry.ID = strawberry.field(description="The session's id.")
    session: Session | None = strawberry.field(
        description="The session after the change; null if it was refused."
    )
    user_errors: list[UserError] = strawberry.field(
        description="Why it was refused; empty if it was not."
    )


@strawberry.type(description="The results for several sessions, one by one.")
class SessionsPayload(Payload):
    results: list[SessionResult] | None = strawberry.field(
        default=None, description="One for each session; null if the input as a whole was refused."
    )


async def _in_bulk(ctx: Context, input: SessionsInput, move: lifecycle.Move) -> SessionsPayload:
    keys = [session_id(each, "sessionIds") for each in bulk_ids(input.session_ids)]
    return SessionsPayload(
        results=[
            SessionResult(
                session_id=strawberry.ID(global_id("Session", result.session_id)),
                session=Session(state=result.state) if result.state else None,
                user_errors=user_errors(result.problems),
            )
            for result in await lifecycle.in_bulk(ctx, keys, move)
        ]
    )


@strawberry.type
class LifecycleMutations:
    @strawberry.mutation(description="Archive a session; it stays readable.")
    @refusable(SessionPayload)
    async def archive_session(
        self, info: Info[Context, None], input: SessionInput
    ) -> SessionPayload:
        key = session_id(input.session_id)
        return SessionPayload.of(await lifecycle.archive_session(info.context, key))

    @strawberry.mutation(
        description="Make a session active again that is archived, closed, or in the trash."
    )
    @refusable(SessionPayload)
    async def restore_session(
        self, info: Info[Context, None], input: SessionInput
    ) -> SessionPayload:
        key = session_id(input.session_id)
        return SessionPayload.of(await lifecycle.restore_session(info.context, key))

    @strawberry.mutation(description="Keep a temporary session: from now on it is an ordinary one.")
    @refusable(SessionPayload)
    async def keep_session(self, info: Info[Context, None], input: SessionInput) -> SessionPayload:
        key = session_id(input.session_id)
        return SessionPayload.of(await lifecycle.keep_session(info.context, key))

    @strawberry.mutation(
        description="Make a session temporary, as if it had just been opened as temporary: it is "
        "not listed, searched, mirrored, archived or pinned, and is gone at its `expiresAt` "
        "unless `keepSession` keeps it."
    )
    @refusable(SessionPayload)
    async def make_session_temporary(
        self, info: Info[Context, None], input: SessionInput
    ) -> SessionPayload:
        key = session_id(input.session_id)
        return SessionPayload.of(await lifecycle.make_session_temporary(info.context, key))

    @strawberry.mutation(
        description="Move a session to the trash; `restoreSession` brings it back until it is "
        "purged."
    )
    @refusable(DeleteSessionPayload)
    async def delete_session(
        self, info: Info[Context, None], input: SessionInput
    ) -> DeleteSessionPayload:
        deleted = await lifecycle.delete_session(info.context, session_id(input.session_id))
        return DeleteSessionPayload(
            deleted_session_id=input.session_id, session=Session(state=deleted)
        )

    @strawberry.mutation(description="Archive several sessions.")
    @refusable(SessionsPayload)
    async def archive_sessions(
        self, info: Info[Context, None], input: SessionsInput
    ) -> SessionsPayload:
        return await _in_bulk(info.context, input, lifecycle.archive_session)

    @strawberry.mutation(description="Make several sessions active again.")
    @refusable(SessionsPayload)
    async def restore_sessions(
        self, info: Info[Context, None], input: SessionsInput
    ) -> SessionsPayload:
        return await _in_bulk(info.context, input, lifecycle.restore_session)

    @strawberry.mutation(description="Move several sessions to the trash.")
    @refusable(SessionsPayload)
    async def delete_sessions(
        self, info: Info[Context, None], input: SessionsInput
    ) -> SessionsPayload:
        return await _in_bulk(info.context, input, lifecycle.delete_session)

    @strawberry.mutation(description="Add tags to several sessions, and remove others from them.")
    @refusable(SessionsPayload)
    async def tag_sessions(
        self, info: Info[Context, None], input: TagSessionsInput
    ) -> SessionsPayload:
        with Checks() as checks:
            checks.tags(input.add, "add")
            checks.tags(input.remove, "remove")
        move = partial(lifecycle.tag_session, add=input.add, remove=input.remove)
        return await _in_bulk(info.context, input, move)
