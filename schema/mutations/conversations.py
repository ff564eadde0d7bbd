"""Mutations that change turns."""

from typing import Any

import strawberry
from strawberry import Info

from resolvers.context import Context
from resolvers.conversations import conversations, growing, recording
from resolvers.conversations.answers import Answer
from resolvers.conversations.conversations import TurnState, turn_cursor
from resolvers.conversations.growing import Extension
from resolvers.conversations.recording import NewTurn
from resolvers.errors import invalid
from schema.conversation import Conversation, ConversationEdge
from schema.errors import refusable
from schema.ids import branch_number, conversation_ids, session_id
from schema.mutations.conversation_inputs import (
    ChooseAlternativeInput,
    CompleteConversationInput,
    DeleteConversationInput,
    ExtendConversationInput,
    RecordConversationInput,
    SubmitFeedbackInput,
)
from schema.mutations.payload import Payload
from schema.scalars import json_or
from schema.session import Session, SessionEdge
from stores import records


@strawberry.type(description="The outcome of a choice.")
class ChooseAlternativePayload(Payload):
    session: Session | None = strawberry.field(
        default=None, description="The session with the path that it shows now; null if refused."
    )


@strawberry.type(description="The outcome of a deletion.")
class DeleteConversationPayload(Payload):
    deleted_conversation_id: strawberry.ID | None = strawberry.field(
        default=None, description="The id of the deleted turn; null if refused."
    )
    session: Session | None = strawberry.field(
        default=None, description="The turn's session without it; null if refused."
    )


@strawberry.type(description="A turn after a change, and its session.")
class ConversationPayload(Payload):
    conversation: Conversation | None = strawberry.field(
        default=None, description="The turn; null if the input was refused."
    )
    session: Session | None = strawberry.field(
        default=None, description="The turn's session; null if the input was refused."
    )
    archived_sessions: list[Session] = strawberry.field(
        default_factory=list,
        description="Sessions that were archived to make room: the least recently active.",
    )

    state: strawberry.Private[TurnState | None] = None

    @classmethod
    def of(cls, state: TurnState) -> "ConversationPayload":
        """The payload after a change."""
        return cls(
            state=state,
            conversation=Conversation.of(state.conversation, state.session),
            session=Session(state=state.session),
            archived_sessions=[Session(state=each) for each in state.session.archived],
        )

    @strawberry.field(
        description="The turn with its position in the session; null if the input was refused."
    )
    def conversation_edge(self, info: Info[Context, None]) -> ConversationEdge | None:
        if self.state is None or self.conversation is None:
            return None
        cursor = turn_cursor(info.context, self.state.conversation)
        return ConversationEdge(cursor=cursor, node=self.conversation)

    @strawberry.field(
        description="The turn's session with its position among the sessions, latest activity first; "
        "null for a temporary one, which is not listed, and if the input was refused."
    )
    def session_edge(self, info: Info[Context, None]) -> SessionEdge | None:
        return SessionEdge.of(info.context, self.session)


def _answer(given: RecordConversationInput | CompleteConversationInput) -> Answer:
    return Answer(
        response=given.response,
        response_time_ms=given.response_time_ms,
        first_token_ms=given.first_token_ms,
        model=given.model,
        input_tokens=given.input_tokens,
        output_tokens=given.output_tokens,
        finish_reason=given.finish_reason,
        citations=json_or(given.citations, []),
        answer_token=given.answer_token,
        answer_session=given.answer_session,
        title=given.session_title,
    )


def _place(given: RecordConversationInput) -> tuple[str | None, str | None, int | None]:
    """The place that an input names, in the store's own ids: the session, the turn to replace and the branch;
    raises `Refused`."""
    session = None if given.session_id is None else session_id(given.session_id)
    if given.place is not None and given.place.replaces is not None:
        path = ("place", "replaces")
        of_session, replaces = conversation_ids(given.place.replaces.value, *path)
        if (session or of_session) != of_session:
            raise invalid("replaces is a turn of another session.", *path)
        return of_session, replaces, None
    if given.place is not None and given.place.branch is not None:
        path = ("place", "branch")
        if session is None:
            raise invalid("branch needs a sessionId.", *path)
        return session, None, branch_number(given.place.branch.value, session, *path)
    return session, None, None


@strawberry.type
class ConversationMutations:
    @strawberry.mutation(
        description="Record a turn in a session; if none is named, a new session is opened."
    )
    @refusable(ConversationPayload)
    async def record_conversation(
        self, info: Info[Context, None], input: RecordConversationInput
    ) -> ConversationPayload:
        session, replaces, branch = _place(input)
        request = NewTurn(
            query=input.query,
            answer=_answer(input),
            session_id=session,
            replaces=replaces,
            branch=branch,
            conversation_id=input.client_id,
            timestamp=input.timestamp,
            metadata=json_or(input.metadata, {}),
            temporary=input.temporary,
        )
        return ConversationPayload.of(await recording.record_conversation(info.context, request))

    @strawberry.mutation(description="Fill in the answer of a turn that was awaiting it.")
    @refusable(ConversationPayload)
    async def complete_conversation(
        self, info: Info[Context, None], input: CompleteConversationInput
    ) -> ConversationPayload:
        session, conversation = conversation_ids(input.conversation_id)
        return ConversationPayload.of(
            await conversations.complete_conversation(
                info.context, session, conversation, _answer(input)
            )
        )

    @strawberry.mutation(
        description="Add a part to the answer of a turn that is awaiting it, so that it is seen "
        "elsewhere while it grows; `completeConversation` ends it. A part that was sent before "
        "changes nothing. A gap, or other text in place of what was written, is a CONFLICT; where "
        "the answer is broken off or has failed, other text replaces it from `offset` on. Where "
        "text isn't kept, nothing is written but that it has failed, and why."
    )
    @refusable(ConversationPayload)
    async def extend_conversation(
        self, info: Info[Context, None], input: ExtendConversationInput
    ) -> ConversationPayload:
        session, conversation = conversation_ids(input.conversation_id)
        failure: Any = input.failure.value if input.failure else None
        failed = input.failed or failure is not None
        part = Extension(input.offset, input.text, failed, failure)
        return ConversationPayload.of(
            await growing.extend_conversation(info.context, session, conversation, part)
        )

    @strawberry.mutation(
        description="Show the path of a session that goes through a turn: the newest one, unless the shown "
        "path has the turn. Every device sees it."
    )
    @refusable(ChooseAlternativePayload)
    async def choose_alternative(
        self, info: Info[Context, None], input: ChooseAlternativeInput
    ) -> ChooseAlternativePayload:
        session, conversation = conversation_ids(input.conversation_id)
        chosen = await conversations.choose_alternative(info.context, session, conversation)
        return ChooseAlternativePayload(session=Session(state=chosen))

    @strawberry.mutation(
        description="Delete a turn at once and for good; only this one: what came after it stays, and "
        "comes after what was before it. If it stood beside others, the next turn of its branch "
        "takes its place or, without one, the nearest of the others is shown."
    )
    @refusable(DeleteConversationPayload)
    async def delete_conversation(
        self, info: Info[Context, None], input: DeleteConversationInput
    ) -> DeleteConversationPayload:
        session, conversation = conversation_ids(input.conversation_id)
        left = await conversations.delete_conversation(info.context, session, conversation)
        return DeleteConversationPayload(
            deleted_conversation_id=input.conversation_id, session=Session(state=left)
        )

    @strawberry.mutation(description="Give feedback on an answer; it replaces earlier feedback.")
    @refusable(ConversationPayload)
    async def submit_feedback(
        self, info: Info[Context, None], input: SubmitFeedbackInput
    ) -> ConversationPayload:
        session, conversation = conversation_ids(input.conversation_id)
        feedback = None
        if input.score is not None:
            if input.score not in (0, 1):
                raise invalid(
                    "score must be 1 (good), 0 (bad) or null (to remove feedback).", "score"
                )
            feedback = records.Feedback.model_validate(
                {"score": input.score, "comment": input.comment}
            )
        elif input.comment is not None:
            raise invalid("comment needs a score: 1 (good) or 0 (bad).", "comment")
        return ConversationPayload.of(
            await conversations.submit_feedback(info.context, session, conversation, feedback)
        )
