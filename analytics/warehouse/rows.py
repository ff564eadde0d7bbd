"""The rows that the mirror appends, one class per table; `analytics/warehouse/sql/tables/*.sql`
defines the columns.

Each row is one version of one record, and no row is ever updated. The views show the latest version
of each key; a tombstone (`deleted`) hides it. Times are microseconds since 1970, UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """The fields of every version of every record."""

    table: ClassVar[str]

    uid: str
    user_email: str | None = None
    change_seq: int
    """The record's commit time, or its mark's if the record is gone. For a turn it is the time its session
    was kept, if that is later; for records of a temporary session, the session's commit time."""
    deleted: bool = False
    exported_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow(ChangeRow):
    """A version of a session; in the trash it has the status 'deleted' and no text."""

    table: ClassVar[str] = "user_sessions_changes"

    session_id: str
    created_at: int
    last_active: int | None = None
    conversation_count: int | None = None
    title: str | None = None
    tags: str | None = None
    """JSON array of strings."""
    preferences: str | None = None
    """JSON of the values that the session overrides."""
    metadata: str | None = None
    """JSON object."""
    status: str | None = None
    """active, archived or deleted."""
    search_text: str | None = None
    shown_path: str | None = None
    """The ranges of positions on the shown path, each as 'after/before', separated by spaces; None if the
    session has only one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationRow(ChangeRow):
    """A version of a turn."""

    table: ClassVar[str] = "conversation_history_changes"

    session_id: str
    conversation_id: str
    timestamp: int
    recorded_at: int | None = None
    query: str | None = None
    response: str | None = None
    response_time_ms: int | None = None
    feedback_score: int | None = None
    feedback_comment: str | None = None
    citations: str | None = None
    """JSON array."""
    metadata: str | None = None
    """JSON object."""
    search_text: str | None = None
    model: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    finish_reason: str | None = None
    first_token_ms: int | None = None
    branch_id: int | None = None
    """None in the first line, and for turns mirrored before there were branches."""
    replaces_conversation_id: str | None = None
    path_position: str | None = None
    """Its position in the order of its session; None if the timestamp and the id determine it."""
    topics: Sequence[str] = ()
    """The topics of the question, most telling first."""
    topics_rule: int | None = None
    """The version of the rule that found them; None if there is no question."""
    embedding: Sequence[float] | None = None
    """The vector of the question and answer; the exporter adds it."""
    embedding_model: str | None = None
    """Name and version of the embedder of the texts, even if it found no words in them; None without one."""
    answered: bool | None = None
    """Whether the answer has arrived; None, like the next fields, for versions of earlier releases."""
    failed: bool | None = None
    """Whether its writer gave up."""
    text_saved: bool | None = None
    """Whether its user allowed the text to be kept."""
    judged_at: int | None = None
    response_style: str | None = None
    """The style in force when it was recorded."""
    language: str | None = None
    """The language of answers in force then."""
    failure: str | None = None
    """The kind of reason why the writer of the answer gave up; None if it did not, or gave no reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferencesRow(ChangeRow):
    """A version of a user's preferences for all of their sessions."""

    table: ClassVar[str] = "user_preferences_changes"

    created_at: int
    preferences: str | None = None
    """JSON of the values that the user chose; absent ones follow the configuration."""
    user_key: str | None = None
    """The key that analysts see instead of the uid."""
    opted_in_at: int | None = None
    """The time from which analysts may see what is recorded; None while they may not."""


Row: TypeAlias = SessionRow | ConversationRow | PreferencesRow
ROW_TYPES: tuple[type[Row], ...] = (SessionRow, ConversationRow, PreferencesRow)
