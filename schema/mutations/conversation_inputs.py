"""Inputs of the mutations of turns."""

from datetime import datetime

import strawberry
from strawberry import Maybe
from strawberry.scalars import JSON

from schema.conversation import AnswerFailure


@strawberry.input(
    one_of=True, description="Where in a session a turn goes: beside another, or after a path."
)
class TurnPlace:
    replaces: Maybe[strawberry.ID] = strawberry.field(
        description="The id of a turn that it stands beside: an edited question, or an answer written "
        "again. It begins a branch, which is shown from then on; a session has at most 200."
    )
    branch: Maybe[strawberry.ID] = strawberry.field(
        description="The id of the branch whose path it continues, which is shown from then on. Needs "
        "the sessionId."
    )


@strawberry.input(description="A turn to record.")
class RecordConversationInput:
    query: str = strawberry.field(
        description="The question: at most 256 KiB, and less with a long answer, sources and "
        "metadata: "
        "1,000 KiB together."
    )
    response: str | None = strawberry.field(
        default=None,
        description="The answer: at most 700 KiB; null if it is awaited, for completeConversation.",
    )
    session_id: strawberry.ID | None = strawberry.field(
        default=None, description="The session to add it to; without one, a new session is opened."
    )
    client_id: str | None = strawberry.field(
        default=None,
        description="The client's own id for the turn: 1 to 64 letters, digits, '-' and '_'. "
        "Repeating the same request with the same id returns the turn that was recorded "
        "first, so a request whose response was lost can be sent again.",
    )
    timestamp: datetime | None = strawberry.field(
        default=None, description="When it was asked, with an offset; by default now."
    )
    response_time_ms: int | None = strawberry.field(
        default=None, description="How long the answer took, in milliseconds: at most a day."
    )
    first_token_ms: int | None = strawberry.field(
        default=None,
        description="How long the first piece of the answer took, in milliseconds: at most a day.",
    )
    model: str | None = strawberry.field(
        default=None, description="What answered: one line of at most 200 characters."
    )
    input_tokens: int | None = strawberry.field(
        default=None, description="How many tokens the model read: at most a billion."
    )
    output_tokens: int | None = strawberry.field(
        default=None, description="How many tokens the model wrote: at most a billion."
    )
    finish_reason: str | None = strawberry.field(
        default=None,
        description="Why the answer ended, in the answer service's word, such as `stop`: one line "
        "of at most 50 characters.",
    )
    citations: JSON | None = strawberry.field(
        default=None, description="The answer's sources: an array of at most 128 KiB."
    )
    metadata: JSON | None = strawberry.field(
        default=None, description="The client's own data about it: an object of at most 16 KiB."
    )
    temporary: bool = strawberry.field(
        default=False, description="Whether a session that it opens is temporary."
    )
    answer_token: str | None = strawberry.field(
        default=None, description="The answer service's token of the answer."
    )
    answer_session: str | None = strawberry.field(
        default=None,
        description="The answer service's own name for its session, kept with this one.",
    )
    session_title: str | None = strawberry.field(
        default=None,
        description="What the answer service proposes to call the session: one line of at most 200 "
        "characters, of which the beginning is kept. It takes the place of the title derived from "
        "the first query, with which it expires; the user's own title stays.",
    )
    place: TurnPlace | None = strawberry.field(
        default=None,
        description="Where in the session it goes; after the last turn of the shown path if not given.",
    )


@strawberry.input(description="The answer to a turn that was awaiting it.")
class CompleteConversationInput:
    conversation_id: strawberry.ID = strawberry.field(description="The turn's id.")
    response: str = strawberry.field(description="The answer: at most 700 KiB.")
    response_time_ms: int | None = strawberry.field(
        default=None, description="How long the answer took, in milliseconds: at most a day."
    )
    first_token_ms: int | None = strawberry.field(
        default=None,
        description="How long the first piece of the answer took, in milliseconds: at most a day.",
    )
    model: str | None = strawberry.field(
        default=None, description="What answered: one line of at most 200 characters."
    )
    input_tokens: int | None = strawberry.field(
        default=None, description="How many tokens the model read: at most a billion."
    )
    output_tokens: int | None = strawberry.field(
        default=None, description="How many tokens the model wrote: at most a billion."
    )
    finish_reason: str | None = strawberry.field(
        default=None,
        description="Why the answer ended, in the answer service's word, such as `stop`: one line "
        "of at most 50 characters.",
    )
    citations: JSON | None = strawberry.field(
        default=None, description="The answer's sources: an array of at most 128 KiB."
    )
    answer_token: str | None = strawberry.field(
        default=None, description="The answer service's token of the answer."
    )
    answer_session: str | None = strawberry.field(
        default=None,
        description="The answer service's own name for its session, kept with this one.",
    )
    session_title: str | None = strawberry.field(
        default=None,
        description="What the answer service proposes to call the session: one line of at most 200 "
        "characters, of which the beginning is kept. It takes the place of the title derived from "
        "the first query, with which it expires; the user's own title stays.",
    )


@strawberry.input(description="A part of an answer that is being written.")
class ExtendConversationInput:
    conversation_id: strawberry.ID = strawberry.field(description="The turn's id.")
    offset: int = strawberry.field(
        description="Where this part begins in the answer, in characters (Unicode code points; in "
        "JavaScript `[...text].length`, not `text.length`)."
    )
    text: str = strawberry.field(
        description="The part: what was written since the last call, at most once a second. The "
        "whole answer may have 700 KiB."
    )
    failed: bool = strawberry.field(
        default=False,
        description="Whether no more will come, because the answer service failed; `text` may be "
        "empty then.",
    )
    failure: AnswerFailure | None = strawberry.field(
        default=None, description="Why it failed, if that is known; it implies `failed`."
    )


@strawberry.input(description="A turn.")
class DeleteConversationInput:
    conversation_id: strawberry.ID = strawberry.field(description="The turn's id.")


@strawberry.input(description="A turn whose path is to be shown.")
class ChooseAlternativeInput:
    conversation_id: strawberry.ID = strawberry.field(description="The turn's id.")


@strawberry.input(description="Feedback on an answer.")
class SubmitFeedbackInput:
    conversation_id: strawberry.ID = strawberry.field(description="The turn's id.")
    score: int | None = strawberry.field(
        description="1 for good, 0 for bad; null removes earlier feedback."
    )
    comment: str | None = strawberry.field(
        default=None, description="What the user says about it: at most 4 KiB."
    )
