"""The port every warehouse implements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from analytics.rows import Row

Parameter: TypeAlias = str | int | bool | Sequence[str] | None
"""A named query parameter; times are given as INT64 microseconds (`TIMESTAMP_MICROS(@since)`)."""


class WarehouseError(Exception):
    """Base of everything a warehouse raises on purpose. Messages never hold user text."""


class WarehouseUnavailable(WarehouseError):
    """The warehouse can't be reached, did not answer in time, or is not initialised; try again."""


class WarehouseLocked(WarehouseError):
    """Another process holds the warehouse's file."""


class RowsRefused(WarehouseError):
    """The warehouse will never take these rows as they are."""


@dataclass(frozen=True)
class Erased:
    """What an erasure did."""

    removed: Mapping[str, int]
    """Rows by table."""
    remains: str | None
    """What can't be removed at once and until when, for people to read; None if nothing is left."""


class Warehouse(Protocol):
    """Where versions of records are appended and questions about them are asked."""

    async def init(self) -> None:
        """Create the dataset, tables and views that are missing, and bring views up to date.

        A dataset of an earlier release has what this one needs afterwards. Safe to repeat, and to
        run while an exporter appends."""

    async def append(self, rows: Sequence[Row]) -> None:
        """Append rows to the table each belongs to; on return all are acknowledged as durable.

        At least once: after an error some may have landed, and appending them again does no harm.
        Rows of a user up to their erasure are never shown, and may be dropped.
        """

    async def query(
        self, statement: str, parameters: Mapping[str, Parameter]
    ) -> list[dict[str, Any]]:
        """Run `analytics/sql/queries/<statement>.sql` (GoogleSQL) and return its rows.

        Timestamps come back as aware datetimes in UTC, JSON columns as text.
        """

    async def execute(self, statement: str, parameters: Mapping[str, Parameter]) -> int:
        """Run `analytics/sql/changes/<statement>.sql` (GoogleSQL DML), its statements one after the
        other, and return how many rows they changed.

        Repeat it after an error. A file may keep the bytes of removed rows until it is rewritten.
        """

    async def erase(self, uid: str, before: int) -> Erased:
        """Remove every row of a user with a `change_seq` up to `before`, a commit time in
        microseconds, and see that none is left. Views never show one from then on, whoever appends
        it late.

        Safe to repeat; the highest `before` of a user counts. After an error rows may be left, so
        erase again.
        """

    async def ping(self) -> None:
        """Answer if the warehouse can be read; `WarehouseUnavailable` says what is wrong."""

    async def close(self) -> None:
        """Give back files and connections."""
