"""The records by which the store tells the mirror what to export, and the records of long operations."""

from typing import Annotated, Literal

from annotated_types import MaxLen
from pydantic import BaseModel, ConfigDict, Field

from stores.fields import (
    Count,
    Id,
    Label,
    Name,
    Time,
    Total,
)
from stores.records import Record


class Change(BaseModel):
    """The key of one changed record, as an export mark names it. It never contains content.

    `at` is the immutable time by which the mirror partitions the record: a turn's `timestamp`, or
    the `created_at` of a session or profile. The tombstone of a deleted record needs it.
    """

    model_config = ConfigDict(frozen=True)

    kind: Literal["profile", "session", "conversation", "subtree"]
    """A subtree is a session with all of its turns."""
    session_id: Id = ""
    conversation_id: Id = ""
    at: Time
    forget: bool = False
    """Whether earlier versions had text that is now deleted, so that the mirror must remove them."""


class Erasure(Record):
    """All of a user's data is being, or has been, erased. It contains no address."""

    started_at: Time
    emptied_at: Time = 0
    """The commit time after which none of the erased data can have been written."""
    finished_at: Time | None = None
    """When no data was left in any store. From then on the user may start again, empty."""


class ExportMark(Record):
    """An entry of the outbox: each commit writes one, which names the records it changed."""

    uid: Id
    mark_id: Id
    changes: Annotated[list[Change], MaxLen(1000)]
    trace: Annotated[str, MaxLen(64)] | None = None
    """The span that wrote it, as the `traceparent` of W3C's Trace Context; None if nothing was traced."""


class DeadLetter(Record):
    """A record that the warehouse will not accept, set aside so that it does not hold up others. It names
    the record and never contains its content."""

    change: Change
    marked_at: Time
    """Commit time of the mark that named the record."""
    reason: Name
    """What is wrong with the record, without any of its values."""
    since: Time
    """When it was first set aside."""
    attempts: Count = 1


class Backfill(Record):
    """The progress of a backfill. It exists only while a backfill is under way."""

    stage: Label = "profiles"
    after: Annotated[list[Id], MaxLen(6)] = Field(default_factory=list)
    """The path of the last record that was marked in this stage."""
    done: Total = 0
    expected: Total = 0
    """How many records there probably are, by the counters of the records already processed."""


class Copying(Record):
    """The progress of a copy into this store. It exists only while a copy is under way."""

    after: Annotated[list[Id], MaxLen(20)] = Field(default_factory=list)
    """The path of the last record that was copied."""
    done: Total = 0
    equal: bool = False
    """Whether all records were copied and compared, so that only the mirror remains to be filled."""


class Lease(Record):
    """Which exporter handles a range of the marks, and until when. It only saves work: an exporter
    that continues after the end of its lease does no harm."""

    holder: Label
    expires_at: Time
