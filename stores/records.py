"""The records that Recollect stores.

Times are integers in microseconds since 1970 (UTC), because they are compared and used as cursors.
The owner is not a field of a record but part of its key (`stores.keys.Key`). Each field states its bounds
by its type (`stores.fields`).
"""

from typing import Annotated, Any, Literal, TypeAlias

from annotated_types import Interval, MaxLen
from pydantic import BaseModel, ConfigDict, Field

from stores.choices import PreferenceOverrides, ResponseStyle, SessionPreferenceOverrides
from stores.fields import (
    Amount,
    Bytes,
    Count,
    Digest,
    Duration,
    Id,
    Label,
    Name,
    Tag,
    Text,
    Time,
)

SessionStatus = Literal["active", "archived"]
AnswerFailure = Literal[
    "unauthenticated",
    "overloaded",
    "unavailable",
    "timeout",
    "context_length",
    "max_tokens",
    "filtered",
    "empty",
    "other",
]
"""Why no answer came. The schema describes each value."""


class Record(BaseModel):
    """The base of every stored record.

    `update_time` is the commit time of the record's last write. The store sets it on every record it
    returns; it is never part of the stored fields.
    """

    model_config = ConfigDict(frozen=True)

    update_time: Time = Field(default=0, exclude=True)


class Profile(Record):
    """One user: address, choices and counters."""

    email: Name | None = None
    created_at: Time
    preferences: PreferenceOverrides = PreferenceOverrides()
    guest: bool = False
    user_key: Digest = ""
    """The user's id for analysts, in place of the uid."""
    opted_in_at: Time | None = None
    """Server time from which on analysts may see recorded turns; None while they may see none."""
    active_count: Count = 0
    """Active sessions. Temporary ones are not counted."""
    archived_count: Count = 0
    trash_count: Count = 0
    stored_bytes: Bytes = 0
    """Bytes of the sessions, each rounded up to full steps; too high after removals until the next count."""
    stored_counted_at: Time = 0
    """When all sessions were last counted."""
    growing_bytes: Bytes = 0
    """Bytes of answers that have begun and are not complete."""
    grown_at: Time = 0
    """When one of these answers last grew. This write wakes the user's watchers."""
    summary_due_at: Time | None = None
    """When the next summary is due; None if the user wants none, or can't get mail."""
    reminder_due_at: Time | None = None
    """When to check next whether a reminder is due; None if the user wants none, or can't get mail."""
    summarised_until: Time = 0
    """The end of the latest period whose summary is done."""


BRANCH_PLACES = 2**52
"""How many places a branch has. A position is at least a time in microseconds, so they last until 2112."""
BRANCHES = 200
"""The most branches that a session can have."""

Place: TypeAlias = Annotated[int, Interval(ge=0, le=2**63 - 1)]
"""A branch's number times `BRANCH_PLACES`, plus a position in the branch."""


class Branch(BaseModel):
    """A line of turns of a session that begins beside a turn of an older line. The first line of a
    session is not listed: it has number 0."""

    model_config = ConfigDict(frozen=True)

    number: Amount
    parent: Amount
    at: Place
    at_id: Id
    """The place and id at which it forks: the part of its parent's path before them is also on its path."""
    beside: Id | None = None
    """The parent's first turn at or after the fork, beside which its own first turn stands; None if
    there is none left."""
    first: Id | None = None
    """Its own first turn; None if there is none left."""
    depth: Amount | None = None
    """About how many turns precede the fork, for reading ahead; None if unknown."""
    since: Count = 0
    """How many turns the session had when the branch was opened, including its first one."""


class SessionListRow(Record):
    """What a list needs of a session: a part of the stored fields."""

    session_id: Id
    custom_title: Label | None = None
    derived_title: Label | None = None
    created_at: Time
    last_active: Time
    conversation_count: Count = 0
    tags: Annotated[list[Tag], MaxLen(20)] = []
    status: SessionStatus = "active"
    pinned: bool = False
    temporary: bool = False
    """A temporary session is neither listed nor mirrored, and is gone a day after it was opened or
    made temporary."""
    made_temporary_at: Time = 0
    """When it was last made temporary; 0 if it never was, or was opened as temporary. The mirror
    forgets everything that it had of the session before that."""
    deleted_at: Time | None = None
    """When it was moved to the trash; None outside the trash."""
    touched_at: Time
    """Server time of the last turn, answer or restore; archiving and time-out count from it."""
    oldest_turn_at: Time
    """No turn was recorded before this server time. A sweep uses it to find expired turns."""
    title_from: Time = 0
    """When the turn that the derived title comes from was recorded. The title expires with the turn."""

    @property
    def title(self) -> str | None:
        """The user's own title or, without one, the derived title."""
        return self.custom_title or self.derived_title

    @property
    def temporary_since(self) -> int:
        """When it became temporary, if it is."""
        return max(self.created_at, self.made_temporary_at)


class Session(SessionListRow):
    """One chat: a small summary. Its turns are records of their own."""

    stored_bytes: Bytes = 0
    """Bytes of the turns."""
    preferences: SessionPreferenceOverrides = SessionPreferenceOverrides()
    metadata: dict[str, Any] = {}
    kept_at: Time = 0
    """Store time, after every commit made while the session was last temporary. What the mirror receives
    about its turns from then on takes precedence over earlier data."""
    answer_session: Name | None = None
    """The answer service's own name for the session, by which it remembers the conversation."""
    branches: Annotated[list[Branch], MaxLen(BRANCHES)] = []
    """By number, ascending."""
    shown_branch: Amount = 0
    """The number of the branch whose path is shown."""
    last_position: Place = 0
    """No turn has a higher position; 0 if its turns were recorded before there were positions."""
    fingerprint: Digest = ""
    """Keyed digest of the request that created it, to tell a repeated request from a conflict."""


class Feedback(BaseModel):
    """A judgement of one answer: 1 is good, 0 is bad."""

    model_config = ConfigDict(frozen=True)

    score: Literal[0, 1]
    comment: Text | None = None


class Conversation(Record):
    """One turn: a question and, once it has come, its answer."""

    session_id: Id
    conversation_id: Id
    query: Text | None = None
    response: Text | None = None
    answered: bool = False
    """Whether the answer has come. Until then the turn is awaiting it."""
    partial: Text | None = None
    """The text of the answer so far; None once the whole answer has come."""
    grown_at: Time | None = None
    """When the answer last grew. While this is set, the turn may have been written without a mark."""
    failed: bool = False
    """Whether the answer's writer gave up."""
    failure: AnswerFailure | None = None
    """Why the writer gave up; None if unknown."""
    text_saved: bool = True
    """False if the user chose not to save conversations: the turn is counted, but its text is not kept."""
    timestamp: Time
    """The time that people see. A client may set it; it never changes."""
    moved_to: Place | None = None
    """Its place in the order of its session, if it differs from its timestamp."""
    depth: Amount | None = None
    """About how many turns came before it on its path; None if unknown."""
    replaces: Id | None = None
    """The turn that it was recorded to stand beside."""
    recorded_at: Time
    """Server time of recording; retention counts from it."""
    response_time_ms: Duration | None = None
    first_token_ms: Duration | None = None
    """How long the first piece of the answer took, in milliseconds."""
    model: Label | None = None
    """The model or system that answered, as named by the answer service."""
    input_tokens: Amount | None = None
    output_tokens: Amount | None = None
    finish_reason: Label | None = None
    """Why the answer ended, in the answer service's own word."""
    feedback: Feedback | None = None
    judged_at: Time | None = None
    """When the feedback was given; None if unknown, as for feedback from another system."""
    citations: list[Any] = []
    metadata: dict[str, Any] = {}
    response_style: ResponseStyle | None = None
    """The style in force when the turn was recorded; None if unknown, as for turns from another system."""
    language: Label | None = None
    """The language of answers in force when the turn was recorded."""
    deleted_at: Time | None = None
    """When its text was deleted; the stub keeps the id from being used again."""
    answer_token: Name | None = None
    """The answer service's own token for this answer, which its feedback call requires."""
    fingerprint: Digest = ""

    @property
    def place(self) -> int:
        """Its place in the order of its session."""
        return self.timestamp if self.moved_to is None else self.moved_to

    @property
    def branch(self) -> int:
        """The number of its branch."""
        return self.place // BRANCH_PLACES


class Removal(Record):
    """A note of a purged session, kept for a while so that clients that were away still learn of it."""

    session_id: Id
    removed_at: Time
