"""The archive: the lossless document that an export writes and an import reads.

As JSON it is one object, an `Archive`: the header, then `account`, then `sessions`, each with its
`turns`. As NDJSON it has one entry per line, in the same order, each with its `kind`. Times are RFC
3339 in UTC with microseconds. Fields without a value are left out. docs/archive.schema.json
describes both.
"""

from datetime import datetime
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from stores.choices import PreferenceOverrides, ResponseStyle, SessionPreferenceOverrides
from stores.records import AnswerFailure, Feedback, SessionStatus

VERSION = 3
"""Raise it when a reader of the previous version would lose something. Version 1 did not describe how an
answer was made; version 2 had no branches."""


class _Entry(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        alias_generator=to_camel,
        populate_by_name=True,
        use_attribute_docstrings=True,
    )


class ArchivedAccount(_Entry):
    """What is stored about the person besides their chats. Only an export of all their data has it."""

    kind: Literal["account"] = "account"
    email: str | None = None
    guest: bool = False
    created_at: datetime
    preferences: PreferenceOverrides = PreferenceOverrides()
    """What they chose. Absent fields follow the configuration."""
    opted_in_at: datetime | None = None
    """From when on analysts may see their turns. Only for information: opting in again starts a new
    period."""


class ArchivedTurn(_Entry):
    """A question and its answer, if there is one. Deleted turns are not in an archive."""

    kind: Literal["turn"] = "turn"
    session_id: str
    id: str
    query: str | None = None
    response: str | None = None
    answered: bool = False
    partial_response: str | None = None
    """What had been written of an answer that has not come."""
    failed: bool = False
    """Whether the answer service failed, so that no more came."""
    failure: AnswerFailure | None = None
    """Why it failed, if that is known."""
    text_saved: bool = True
    """False if the person chose not to save conversations."""
    timestamp: datetime
    recorded_at: datetime
    """Server time of recording. Only for information: after an import retention starts again."""
    response_time_ms: int | None = None
    first_token_ms: int | None = None
    """How long the first piece of the answer took, in milliseconds."""
    model: str | None = None
    """What answered, as the answer service names it."""
    input_tokens: int | None = None
    output_tokens: int | None = None
    finish_reason: str | None = None
    """Why the answer ended, in the answer service's word."""
    feedback: Feedback | None = None
    judged_at: datetime | None = None
    response_style: ResponseStyle | None = None
    """The style in force when it was recorded."""
    language: str | None = None
    """The language of answers in force then."""
    citations: list[Any] = []
    metadata: dict[str, Any] = {}
    answer_token: str | None = None
    begins_branch: bool = False
    """Whether it begins a branch. All others come after the turn before them in the archive."""
    after: str | None = None
    """The turn that it comes after, if it begins a branch; absent if it is at the start."""
    replaces: str | None = None
    """The turn that it was recorded to stand beside."""


class MarkedTurn(ArchivedTurn):
    """A turn in a readable document with all branches. No archive has it."""

    branch: int
    """The number of its branch; 0 for the session's first line."""
    version: int = 1
    versions: int = 1
    """Its number among the turns beside each other, from 1, and the number of these turns."""
    first_asked: datetime | None = None
    """When the document's first turn among them was asked; None for that turn itself."""
    on_shown_path: bool

    @property
    def mark(self) -> str:
        """A note for readers on its place in the session; empty if none is needed."""
        parts = []
        if self.versions > 1:
            parts.append(f"Version {self.version} of {self.versions}")
        if self.first_asked:
            parts.append(f"in place of {self.first_asked:%Y-%m-%d %H:%M:%S} UTC")
        if not self.on_shown_path:
            parts.append("not shown")
        return ", ".join(parts)


class ArchivedSession(_Entry):
    """A chat, without its turns."""

    kind: Literal["session"] = "session"
    id: str
    title: str | None = None
    """The user's own title."""
    derived_title: str | None = None
    created_at: datetime
    last_active: datetime
    status: SessionStatus = "active"
    pinned: bool = False
    tags: list[str] = []
    temporary: bool = False
    deleted_at: datetime | None = None
    """When it was moved to the trash."""
    conversation_count: int = 0
    """The session's own counter, exact after a sweep. Only for information: an import counts again."""
    preferences: SessionPreferenceOverrides = SessionPreferenceOverrides()
    """The owner's preferences that it overrides."""
    metadata: dict[str, Any] = {}
    answer_session: str | None = None
    """The answer service's own name for its session."""
    shown_from: str | None = None
    """The turn that begins the branch whose path is shown; absent if it is the first branch."""


class ArchiveHeader(_Entry):
    """Identifies the document; its first entry."""

    kind: Literal["header"] = "header"
    format: Literal["recollect"] = "recollect"
    version: int = VERSION
    exported_at: datetime


ArchiveEntry: TypeAlias = ArchiveHeader | ArchivedAccount | ArchivedSession | ArchivedTurn


class ArchivedChat(ArchivedSession):
    """A session with its turns, as in JSON."""

    turns: list[ArchivedTurn] = []


class Archive(ArchiveHeader):
    """The whole document, as in JSON."""

    account: ArchivedAccount | None = None
    sessions: list[ArchivedChat] = []
