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
"""Why an answer did not come. The schema describes each."""


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
    """What analysts see in place of the uid."""
    opted_in_at: Time | None = None
    """Server time from which on analysts may see what is recorded; None while they may not."""
    active_count: Count = 0
    """Active sessions. Temporary ones are not counted."""
    archived_count: Count = 0
    trash_count: Count = 0
    stored_bytes: Bytes = 0
    """What the sessions take, each by full steps; too much where some were removed since the last count."""
    stored_counted_at: Time = 0
    """When all of them were counted last."""
    growing_bytes: Bytes = 0
    """What answers take that have begun and are not complete."""
    grown_at: Time = 0
    """When one of them was last written on. Whoever watches the user hears of it by this write."""
    summary_due_at: Time | None = None
    """When the next summary is due; None if the user wants none, or can't be written to."""
    reminder_due_at: Time | None = None
    """When it is next time to look whether a reminder is due; None likewise."""
    summarised_until: Time = 0
    """Up to when summaries have told."""


BRANCH_PLACES = 2**52
"""How many places a branch has. A position is at least a time in microseconds, so they last until 2112."""
BRANCHES = 200
"""Most branches that a session gets."""

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
    """The place and id at which it forks: its path has what its parent has before them."""
    beside: Id | None = None
    """The parent's first turn from the fork on, which its own first turn stands beside; None if
    there is none left."""
    first: Id | None = None
    """Its own first turn; None if there is none left."""
    depth: Amount | None = None
    """About how many turns are before the fork, to read ahead by; None if that is not known."""
    since: Count = 0
    """How many turns the session had when it was opened, its first one included."""


class Session(Record):
    """One chat: a small summary with what a row of a list shows. Its turns are records of their own."""

    session_id: Id
    custom_title: Label | None = None
    derived_title: Label | None = None
    created_at: Time
    last_active: Time
    conversation_count: Count = 0
    stored_bytes: Bytes = 0
    """What the turns take."""
    preferences: SessionPreferenceOverrides = SessionPreferenceOverrides()
    metadata: dict[str, Any] = {}
    tags: Annotated[list[Tag], MaxLen(20)] = []
    status: SessionStatus = "active"
    pinned: bool = False
    temporary: bool = False
    """A temporary session is neither listed nor mirrored, and is gone a day after it was opened or
    made temporary."""
    made_temporary_at: Time = 0
    """When it was last made temporary; 0 if it never was, or was opened as temporary. The mirror
    has forgotten what it had of the session before."""
    kept_at: Time = 0
    """Store time, after every commit made while the session was last temporary. Whatever the mirror
    hears of its turns from then on outranks what it heard before."""
    deleted_at: Time | None = None
    """When it was moved to the trash; None outside the trash."""
    touched_at: Time
    """Server time of the last turn, answer or restore; archiving and time-out count from it."""
    oldest_turn_at: Time
    """No turn was recorded before this server time. A sweep uses it to find expired turns."""
    title_from: Time = 0
    """When the turn that the derived title comes from was recorded. The title expires with the turn."""
    answer_session: Name | None = None
    """The answer service's own name for the session, by which it remembers what was said."""
    branches: Annotated[list[Branch], MaxLen(BRANCHES)] = []
    """By number, ascending."""
    shown_branch: Amount = 0
    """The number of the branch whose path is shown."""
    last_position: Place = 0
    """No turn has a higher position; 0 if its turns were recorded before there were positions."""
    fingerprint: Digest = ""
    """Keyed digest of the request that created it, to tell a repeated request from a conflict."""

    @property
    def title(self) -> str | None:
        """The user's own title or, without one, the derived title."""
        return self.custom_title or self.derived_title

    @property
    def temporary_since(self) -> int:
        """When its hours began, if it is temporary."""
        return max(self.created_at, self.made_temporary_at)


class Feedback(BaseModel):
    """A judgement of one answer: 1 is good, 0 is bad."""

    model_config = ConfigDict(frozen=True)

    score: Literal[0, 1]
    comment: Text | None = None


class Conversation(Record):
    """One turn: a question and, once it is there, its answer."""

    session_id: Id
    conversation_id: Id
    query: Text | None = None
    response: Text | None = None
    answered: bool = False
    """Whether the answer has come. Until then the turn is awaiting it."""
    partial: Text | None = None
    """What has been written of the answer so far; None once the whole answer has come."""
    grown_at: Time | None = None
    """When it was last written on. While this is set, the turn may have been written without a mark."""
    failed: bool = False
    """Whether its writer gave up."""
    failure: AnswerFailure | None = None
    """Why; None if that is not known."""
    text_saved: bool = True
    """False if the user chose not to save conversations: the turn is counted, but its text is not kept."""
    timestamp: Time
    """The time that people see. A client may set it; it never changes."""
    moved_to: Place | None = None
    """Its place in the order of its session, if that is not the same as its timestamp."""
    depth: Amount | None = None
    """About how many turns came before it on its path; None if that is not known."""
    replaces: Id | None = None
    """The turn that it was recorded to stand beside."""
    recorded_at: Time
    """Server time of recording; retention counts from it."""
    response_time_ms: Duration | None = None
    first_token_ms: Duration | None = None
    """How long the first piece of the answer took."""
    model: Label | None = None
    """What answered, as the answer service names it."""
    input_tokens: Amount | None = None
    output_tokens: Amount | None = None
    finish_reason: Label | None = None
    """Why the answer ended, in the answer service's word."""
    feedback: Feedback | None = None
    judged_at: Time | None = None
    """When the feedback was given; None if that is not known, as for what was brought in."""
    citations: list[Any] = []
    metadata: dict[str, Any] = {}
    response_style: ResponseStyle | None = None
    """The style in force when it was recorded; None if that is not known, as for what was brought in."""
    language: Label | None = None
    """The language of answers in force then."""
    deleted_at: Time | None = None
    """When its text was deleted; the stub keeps the id from being used again."""
    answer_token: Name | None = None
    """The answer service's own token for this answer, which its feedback call asks for."""
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
    """A note of a purged session, kept for a while so that clients that were away hear of it."""

    session_id: Id
    removed_at: Time
