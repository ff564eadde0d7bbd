"""The records Recollect keeps, as they are stored.

Times are integers in microseconds since 1970 (UTC), because they are compared and used as cursors.
An owner is not a field of a record: it stands in the record's key (`stores.ports.Key`).

Each field states its bounds, so that no store is given what it can't keep and nobody reads what can't
be. They are at least as wide as the limits of the API, now and in earlier releases.
"""

from typing import Annotated, Any, Literal, TypeAlias

from annotated_types import Interval, MaxLen
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

ResponseStyle = Literal["concise", "detailed", "technical"]
Theme = Literal["dark", "light", "system"]
FontSize = Literal["small", "medium", "large"]
SessionStatus = Literal["active", "archived"]

LAST_TIME = 253_402_300_799_999_999
"""The end of the year 9999, in microseconds since 1970: `datetime` and BigQuery know no later time."""

Time: TypeAlias = Annotated[int, Interval(ge=0, le=LAST_TIME)]
Count: TypeAlias = Annotated[int, Interval(ge=-(2**31), le=2**31 - 1)]
"""A counter that is changed blindly. It may be off until the next sweep, so below zero as well."""
Bytes: TypeAlias = Annotated[int, Interval(ge=-(2**53), le=2**53)]
"""A sum of bytes that is changed blindly."""
Amount: TypeAlias = Annotated[int, Interval(ge=0, le=2**31 - 1)]
"""A number that GraphQL's Int can hold."""
Duration: TypeAlias = Annotated[int, Interval(ge=0, le=24 * 60 * 60 * 1000)]
"""In milliseconds."""
Total: TypeAlias = Annotated[int, Interval(ge=0, le=2**63 - 1)]
Id: TypeAlias = Annotated[str, MaxLen(64)]
Digest: TypeAlias = Annotated[str, MaxLen(64)]
"""SHA-256 in hexadecimal, or a part of it."""
Label: TypeAlias = Annotated[str, MaxLen(200)]
"""A title, in characters."""
Tag: TypeAlias = Annotated[str, MaxLen(50)]
Name: TypeAlias = Annotated[str, MaxLen(4096)]
"""An address or another system's name for something."""
Text: TypeAlias = Annotated[str, MaxLen(2**20)]
"""What people and answerers write: no document of Firestore is larger."""


class Record(BaseModel):
    """What every stored document has in common.

    `update_time` is the commit time of the record's last write. The store sets it on every record it
    returns; it is never part of the stored fields.
    """

    model_config = ConfigDict(frozen=True)

    update_time: Time = Field(default=0, exclude=True)


class _Choices(BaseModel):
    """Preferences somebody chose; None stands for 'not chosen here, inherit it'.

    The aliases are the names that archives have; what is stored has the fields' own.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )


class UISettings(_Choices):
    """How a client looks."""

    theme: Theme | None = None
    font_size: FontSize | None = None
    show_citations: bool | None = None


class PrivacySettings(_Choices):
    """What may be kept, for how long, and for whom."""

    save_conversations: bool | None = None
    analytics_opt_in: bool | None = None
    data_retention_days: Annotated[int, Interval(ge=1, le=3650)] | None = None


class NotificationSettings(_Choices):
    """What a person wants to be told."""

    email_summaries: bool | None = None
    session_reminders: bool | None = None


class PreferenceOverrides(_Choices):
    """What a user chose for all of their sessions."""

    response_style: ResponseStyle | None = None
    language_preference: Label | None = None
    ui_settings: UISettings = UISettings()
    privacy_settings: PrivacySettings = PrivacySettings()
    notification_settings: NotificationSettings = NotificationSettings()


class SessionPreferenceOverrides(_Choices):
    """What a user chose for one session; `save_conversations` can only be turned off here."""

    response_style: ResponseStyle | None = None
    language_preference: Label | None = None
    ui_settings: UISettings = UISettings()
    save_conversations: Literal[False] | None = None


class Profile(Record):
    """One user: address, choices and counters."""

    email: Name | None = None
    created_at: Time
    preferences: PreferenceOverrides = PreferenceOverrides()
    guest: bool = False
    user_key: Digest = ""
    """What analysts see in place of the uid."""
    opted_in_at: Time | None = None
    """Server time since which analysts may see what is recorded; None while they may not."""
    active_count: Count = 0
    """Active sessions; temporary ones are in no counter."""
    archived_count: Count = 0
    trash_count: Count = 0
    stored_bytes: Bytes = 0
    """What the sessions take, each by full steps; too much where some were removed since the last count."""
    stored_counted_at: Time = 0
    """When all of them were counted last."""


class Session(Record):
    """One chat: a small summary, no more than a list row shows. Its turns are documents of their own."""

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
    """Neither listed nor mirrored, and gone a day after it was opened or made so."""
    made_temporary_at: Time = 0
    """When it was made temporary last; 0 if it never was, or was opened so. What the mirror had of
    it is forgotten."""
    kept_at: Time = 0
    """Store time after all commits of when it was temporary last: what the mirror is told of its turns
    since then outranks what it was told before."""
    deleted_at: Time | None = None
    """When it was moved to the trash; None outside the trash."""
    touched_at: Time
    """Server time of the last turn, answer or restoring; archiving and time-out count from it."""
    oldest_turn_at: Time
    """No turn was recorded before this server time; a sweep looks for expired turns by it."""
    title_from: Time = 0
    """When the turn was recorded that the derived title is taken from: it expires with the turn."""
    answer_session: Name | None = None
    """The answer service's own name for its session, by which it remembers what was said."""
    fingerprint: Digest = ""
    """Keyed digest of the request that created it, so that a repeat is told from a conflict."""

    @property
    def title(self) -> str | None:
        """The user's own title before the derived one."""
        return self.custom_title or self.derived_title

    @property
    def temporary_since(self) -> int:
        """When its time began, if it is temporary."""
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
    """Whether the answer came; the turn is awaiting it until then."""
    text_saved: bool = True
    """False where the user chose not to save conversations: the turn counts, its text is not kept."""
    timestamp: Time
    """The time people see and sort by; a client may name it and it never changes."""
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
    citations: list[Any] = []
    metadata: dict[str, Any] = {}
    deleted_at: Time | None = None
    """When its text was deleted; the stub keeps the id from being used again."""
    answer_token: Name | None = None
    """The answer service's own token of this answer, which its feedback call wants back."""
    fingerprint: Digest = ""


class Change(BaseModel):
    """The key of one changed record, as an export mark names it. It never holds content.

    `at` is the immutable time that the mirror partitions the record by: a turn's `timestamp`, a
    session's or a profile's `created_at`. A tombstone needs it when the record is gone.
    """

    model_config = ConfigDict(frozen=True)

    kind: Literal["profile", "session", "conversation", "subtree"]
    """A subtree is a session with all of its turns."""
    session_id: Id = ""
    conversation_id: Id = ""
    at: Time
    forget: bool = False
    """Whether earlier versions had text that is gone now: the mirror removes them."""


class Removal(Record):
    """A session that was purged, remembered for a while so that whoever was away hears of it."""

    session_id: Id
    removed_at: Time


class Erasure(Record):
    """All of a user's data is being erased or was; it holds no address."""

    started_at: Time
    emptied_at: Time = 0
    """Commit time after which nothing of what was erased can have been written."""
    finished_at: Time | None = None
    """When nothing was left in any store; from then on the user may start again, empty."""


class ExportMark(Record):
    """The outbox: one entry a commit, naming what the commit changed."""

    uid: Id
    mark_id: Id
    changes: Annotated[list[Change], MaxLen(1000)]


class DeadLetter(Record):
    """A record that the warehouse will not take as it is, set aside so that it holds nothing up. It
    names the record and never holds content."""

    change: Change
    marked_at: Time
    """Commit time of the mark that named the record."""
    reason: Name
    """What is wrong with it, without a value of it."""
    since: Time
    """When it was first set aside."""
    attempts: Count = 1


class Backfill(Record):
    """How far a backfill came; there is none while none is under way."""

    stage: Label = "profiles"
    after: Annotated[list[Id], MaxLen(6)] = []
    """The path of the last record that was marked in this stage."""
    done: Total = 0
    expected: Total = 0
    """Records known so far, by the counters of those that were gone through."""


class Lease(Record):
    """Which exporter takes care of a part of all marks, until when. It only saves work: whoever goes on
    after it ended does no harm."""

    holder: Label
    expires_at: Time
