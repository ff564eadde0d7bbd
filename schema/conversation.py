"""A turn: a question and its answer."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

import strawberry
from strawberry import Info, LazyType
from strawberry.scalars import JSON
from strawberry.types.base import StrawberryOptional

from resolvers.context import Context
from resolvers.conversations.conversations import get_conversation
from resolvers.conversations.growing import AnswerState, answer_state
from resolvers.pagination import Page
from resolvers.sessions.branches import beside
from resolvers.sessions.sessions import SessionState
from schema.citation import SOURCES, Citation
from schema.descriptions import publish
from schema.ids import global_id
from schema.node import ID_DESCRIPTION, Node, find_node, found_by
from schema.pagination import PageInfo, edges
from schema.read_fields import read
from schema.scalars import Moment
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
"""Referenced by name: a session has turns, so its module imports this one."""


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
    turn: strawberry.Private[records.Conversation]
    now: strawberry.Private[int]
    """The time by the server's clock."""
    groups: strawberry.Private[Mapping[str, Sequence[str]]]
    """By the id of each turn of its session with others beside it, the ids of all of them."""

    @strawberry.field(description=ID_DESCRIPTION)
    def id(self) -> strawberry.ID:
        return strawberry.ID(
            global_id("Conversation", self.turn.session_id, self.turn.conversation_id)
        )

    client_id = read(
        "turn.conversation_id",
        str,
        "The id it was recorded with: the client's own, or one that the service chose.",
    )

    @strawberry.field(description="The id of the turn's session.")
    def session_id(self) -> strawberry.ID:
        return strawberry.ID(global_id("Session", self.turn.session_id))

    query = read("turn.query", str | None, "The question; null if conversations are not saved.")
    response = read(
        "turn.response",
        str | None,
        "The answer; null while it is awaited, or if conversations are not saved.",
    )

    @strawberry.field(description="How far the answer has come.")
    def answer_state(self) -> AnswerState:
        return answer_state(self.turn, self.now)

    failure = read(
        "turn.failure",
        AnswerFailure | None,
        "Why it has failed; null if it has not, or if that is not known.",
    )
    partial_response = read(
        "turn.partial",
        str | None,
        "What has been written of the answer so far; null before that, once the whole "
        "answer is in `response`, or if conversations are not saved.",
    )

    grown_at = read(
        "turn.grown_at",
        Moment | None,
        "When `partialResponse` was last written on. A minute later the answer is "
        "broken off, which no event tells.",
    )

    text_saved = read(
        "turn.text_saved",
        bool,
        "Whether the text was kept, according to the preferences at the time of recording.",
    )

    timestamp = read(
        "turn.timestamp",
        Moment,
        "When the question was asked. The order of turns is that in which they were recorded.",
    )

    recorded_at = read(
        "turn.recorded_at",
        Moment,
        "When the service recorded it; retention counts from then.",
    )

    response_time_ms = read(
        "turn.response_time_ms", int | None, "How long the answer took, in milliseconds."
    )
    first_token_ms = read(
        "turn.first_token_ms",
        int | None,
        "How long the first piece of the answer took, in milliseconds.",
    )
    model = read("turn.model", str | None, "What answered, as the answer service names it.")
    input_tokens = read(
        "turn.input_tokens", int | None, "How many tokens the model read for the answer."
    )
    output_tokens = read(
        "turn.output_tokens", int | None, "How many tokens the model wrote for the answer."
    )
    finish_reason = read(
        "turn.finish_reason",
        str | None,
        "Why the answer ended, in the answer service's word, such as `stop`.",
    )

    @strawberry.field(description="The user's feedback on the answer.")
    def feedback(self) -> Feedback | None:
        given = self.turn.feedback
        return Feedback(score=given.score, comment=given.comment) if given else None

    @strawberry.field(description=f"The answer's sources, at most the first {SOURCES}.")
    def citations(self) -> list[Citation]:
        shown: list[Citation] = []
        for recorded in self.turn.citations:
            if recorded is not None:
                shown.append(Citation(recorded=recorded))
                if len(shown) == SOURCES:
                    break
        return shown

    metadata = read("turn.metadata", JSON, "The client's own data about the turn: an object.")
    answer_token = read(
        "turn.answer_token", str | None, "The answer service's token for this answer."
    )

    @strawberry.field(
        description="The id of the branch that it was recorded in, for "
        "`Session.conversations(branch:)`."
    )
    def branch(self) -> strawberry.ID:
        return strawberry.ID(global_id("Branch", self.turn.session_id, str(self.turn.branch)))

    @strawberry.field(
        description="The id of the turn that it was recorded to stand beside; else null."
    )
    def replaces(self) -> strawberry.ID | None:
        replaced = self.turn.replaces
        return _id(self.turn.session_id, replaced) if replaced else None

    @strawberry.field(
        description="The turns that stand beside it, itself among them; null if there are none."
    )
    def alternatives(self) -> Alternatives | None:
        beside = self.groups.get(self.turn.conversation_id)
        if not beside:
            return None
        return Alternatives(
            position=beside.index(self.turn.conversation_id) + 1,
            total=len(beside),
            ids=[_id(self.turn.session_id, each) for each in beside],
        )

    @classmethod
    def of(cls, turn: records.Conversation, session: SessionState) -> "Conversation":
        """The GraphQL form of a turn of a session."""
        return cls(turn=turn, now=session.limits.now, groups=beside(session.session))

    @strawberry.field(
        description="The turn's session; null if it was deleted a moment ago.",
        graphql_type=StrawberryOptional(_SESSION),
    )
    async def session(self, info: Info[Context, None]) -> Node | None:
        return await find_node(info, global_id("Session", self.turn.session_id))


async def _find(info: Info[Context, None], session: str, conversation: str) -> Conversation | None:
    found = await get_conversation(info.context, session, conversation)
    if found is None:
        return None
    return Conversation.of(found.conversation, found.session)


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
