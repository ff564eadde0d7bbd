"""A turn: a question and its answer."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from strawberry import Info, LazyType
from strawberry.scalars import JSON
from strawberry.types.base import StrawberryOptional

from resolvers.context import Context
from resolvers.conversations.conversations import get_conversation
from resolvers.conversations.growing import AnswerState, answer_state
from resolvers.input_limits import moment
from resolvers.pagination import Page
from resolvers.sessions.branches import beside
from schema.citation import SOURCES, Citation, citations
from schema.descriptions import publish
from schema.ids import global_id
from schema.node import Node, find_node, found_by
from schema.pagination import PageInfo, edges
from stores import records

publish(
    AnswerState,
    "AnswerState",
    "How far an answer has come.",
    {
        AnswerState.WAITING: "Nothing has come yet.",
        AnswerState.GROWING: "It is being written; `partialResponse` has what there is so far.",
        AnswerState.BROKEN_OFF: "It was not written on for a minute. Anyone may go on with it or "
        "write it anew.",
        AnswerState.FAILED: "Whoever wrote it gave up. Anyone may go on with it or write it anew.",
        AnswerState.ANSWERED: "The whole answer has come; `finishReason` says why it ended.",
    },
)


@strawberry.enum(description="Why an answer did not come, as whoever wrote it told.")
class AnswerFailure(Enum):
    UNAUTHENTICATED = strawberry.enum_value(
        "unauthenticated", description="The answer service refused the client's credentials."
    )
    OVERLOADED = strawberry.enum_value(
        "overloaded", description="The answer service was busy, or limited how often it is asked."
    )
    UNAVAILABLE = strawberry.enum_value(
        "unavailable", description="The answer service could not be reached."
    )
    TIMEOUT = strawberry.enum_value("timeout", description="The answer took too long.")
    CONTEXT_LENGTH = strawberry.enum_value(
        "context_length",
        description="The question, with what was said before, was too long for the model.",
    )
    MAX_TOKENS = strawberry.enum_value(
        "max_tokens", description="The model reached its length limit before it began to answer."
    )
    FILTERED = strawberry.enum_value(
        "filtered", description="A content filter held the answer back."
    )
    EMPTY = strawberry.enum_value("empty", description="The answer had no text.")
    OTHER = strawberry.enum_value("other", description="Anything else.")


_SESSION: Any = LazyType("Session", "schema.session")
"""By name: a session has turns, so its module imports this one."""


@strawberry.type(description="Feedback on an answer.")
class Feedback:
    score: int = strawberry.field(description="1 for good, 0 for bad.")
    comment: str | None = strawberry.field(description="What the user said about it.")


@strawberry.type(description="The turns that stand beside each other: one of them is on a path.")
class Alternatives:
    position: int = strawberry.field(description="Which of them this turn is, from 1.")
    total: int = strawberry.field(description="How many there are.")
    ids: list[strawberry.ID] = strawberry.field(
        description="The ids of all of them, in the order in which they were begun; "
        "`chooseAlternative` shows the path through one."
    )


@strawberry.type(description="One turn of a session: a question and, once it has come, its answer.")
class Conversation(Node):
    client_id: str = strawberry.field(
        description="The id it was recorded with: the client's own, or one that the service chose."
    )
    session_id: strawberry.ID = strawberry.field(description="The id of the turn's session.")
    query: str | None = strawberry.field(
        description="The question; null if conversations are not saved."
    )
    response: str | None = strawberry.field(
        description="The answer; null while it is awaited, or if conversations are not saved."
    )
    answer_state: AnswerState = strawberry.field(description="How far the answer has come.")
    failure: AnswerFailure | None = strawberry.field(
        description="Why it has failed; null if it has not, or if that is not known."
    )
    partial_response: str | None = strawberry.field(
        description="What has been written of the answer so far; null before that, once the whole "
        "answer is in `response`, or if conversations are not saved."
    )
    grown_at: datetime | None = strawberry.field(
        description="When `partialResponse` was last written on. A minute later the answer is "
        "broken off, which no event tells."
    )
    text_saved: bool = strawberry.field(
        description="Whether the text was kept, according to the preferences at the time of "
        "recording."
    )
    timestamp: datetime = strawberry.field(
        description="When the question was asked. The order of turns is that in which they were "
        "recorded."
    )
    recorded_at: datetime = strawberry.field(
        description="When the service recorded it; retention counts from then."
    )
    response_time_ms: int | None = strawberry.field(
        description="How long the answer took, in milliseconds."
    )
    first_token_ms: int | None = strawberry.field(
        description="How long the first piece of the answer took, in milliseconds."
    )
    model: str | None = strawberry.field(
        description="What answered, as the answer service names it."
    )
    input_tokens: int | None = strawberry.field(
        description="How many tokens the model read for the answer."
    )
    output_tokens: int | None = strawberry.field(
        description="How many tokens the model wrote for the answer."
    )
    finish_reason: str | None = strawberry.field(
        description="Why the answer ended, in the answer service's word, such as `stop`."
    )
    feedback: Feedback | None = strawberry.field(description="The user's feedback on the answer.")
    citations: list[Citation] = strawberry.field(
        description=f"The answer's sources, at most the first {SOURCES}."
    )
    metadata: JSON = strawberry.field(
        description="The client's own data about the turn: an object."
    )
    answer_token: str | None = strawberry.field(
        description="The answer service's token for this answer."
    )
    branch: strawberry.ID = strawberry.field(
        description="The id of the branch that it was recorded in, for "
        "`Session.conversations(branch:)`."
    )
    replaces: strawberry.ID | None = strawberry.field(
        description="The id of the turn that it was recorded to stand beside; else null."
    )
    alternatives: Alternatives | None = strawberry.field(
        description="The turns that stand beside it, itself among them; null if there are none."
    )

    @classmethod
    def of(
        cls, turn: records.Conversation, now: int, groups: Mapping[str, Sequence[str]]
    ) -> "Conversation":
        """The GraphQL form of a turn, at a time of the server's clock. `groups` has what stands beside
        it in its session."""
        feedback = turn.feedback
        ids = groups.get(turn.conversation_id)
        return cls(
            id=_id(turn.session_id, turn.conversation_id),
            client_id=turn.conversation_id,
            session_id=strawberry.ID(global_id("Session", turn.session_id)),
            query=turn.query,
            response=turn.response,
            answer_state=answer_state(turn, now),
            failure=AnswerFailure(turn.failure) if turn.failure else None,
            partial_response=turn.partial,
            grown_at=None if turn.grown_at is None else moment(turn.grown_at),
            text_saved=turn.text_saved,
            timestamp=moment(turn.timestamp),
            recorded_at=moment(turn.recorded_at),
            response_time_ms=turn.response_time_ms,
            first_token_ms=turn.first_token_ms,
            model=turn.model,
            input_tokens=turn.input_tokens,
            output_tokens=turn.output_tokens,
            finish_reason=turn.finish_reason,
            feedback=Feedback(score=feedback.score, comment=feedback.comment) if feedback else None,
            citations=citations(turn.citations),
            metadata=JSON(turn.metadata),
            answer_token=turn.answer_token,
            branch=strawberry.ID(global_id("Branch", turn.session_id, str(turn.branch))),
            replaces=_id(turn.session_id, turn.replaces) if turn.replaces else None,
            alternatives=Alternatives(
                position=ids.index(turn.conversation_id) + 1,
                total=len(ids),
                ids=[_id(turn.session_id, each) for each in ids],
            )
            if ids
            else None,
        )

    @strawberry.field(
        description="The turn's session; null if it was deleted a moment ago.",
        graphql_type=StrawberryOptional(_SESSION),
    )
    async def session(self, info: Info[Context, None]) -> Node | None:
        return await find_node(info, self.session_id)


async def _find(info: Info[Context, None], session: str, conversation: str) -> Conversation | None:
    found = await get_conversation(info.context, session, conversation)
    if found is None:
        return None
    groups = beside(found.session.session)
    return Conversation.of(found.conversation, info.context.now(), groups)


found_by("Conversation", _find)


def _id(session_id: str, conversation_id: str) -> strawberry.ID:
    return strawberry.ID(global_id("Conversation", session_id, conversation_id))


@strawberry.type(description="A turn in a page of turns.")
class ConversationEdge:
    cursor: str = strawberry.field(description="The turn's position in the session.")
    node: Conversation = strawberry.field(description="The turn.")


@strawberry.type(description="The turns of one path of a session, in the order of recording.")
class ConversationConnection:
    page: strawberry.Private[Page[records.Conversation]]
    nodes: list[Conversation] = strawberry.field(description="The turns.")
    page_info: PageInfo = strawberry.field(
        description="The page's position in the list. A page can be short although more follows."
    )
    total_count: int = strawberry.field(
        description="How many turns the session has, those of all branches."
    )

    @strawberry.field(description="The turns with their cursors.")
    def edges(self) -> list[ConversationEdge]:
        return edges(self.page, self.nodes, ConversationEdge)
