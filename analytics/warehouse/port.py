"""The port every warehouse implements."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from analytics.warehouse.rows import Row

Parameter: TypeAlias = str | int | float | bool | Sequence[str] | Sequence[float] | None
"""A named query parameter. Times are INT64 microseconds (`TIMESTAMP_MICROS(@since)`)."""

LONGEST_APPEND = 60.0
"""Maximum seconds from reading a record to the end of appending its row. Rows that take longer are dropped
and read again, so that no old version arrives later."""


class WarehouseError(Exception):
    """Base class of everything a warehouse raises on purpose. Messages never contain user text."""


class WarehouseUnavailable(WarehouseError):
    """The warehouse can't be reached, did not answer in time, or is not initialised."""


class WarehouseLocked(WarehouseError):
    """Another process has the warehouse's file open."""


class WarehouseOutdated(WarehouseError):
    """A table of an earlier release differs in a way that can't be changed in place."""


class WarehouseMisplaced(WarehouseError):
    """The warehouse is in another location than the settings name."""


class RowsRefused(WarehouseError):
    """The warehouse will never accept these rows. Some of the others may have been appended."""

    def __init__(self, message: str, rows: Collection[int] = ()) -> None:
        """`rows` are the positions of the refused rows, if they are known."""
        super().__init__(message)
        self.rows = rows


@dataclass(frozen=True)
class Erased:
    """The result of an erasure."""

    removed: Mapping[str, int]
    """Removed rows, by table."""
    remains: str | None
    """A message about what can't be removed at once and until when it stays; None if nothing is left."""


class Warehouse(Protocol):
    """Takes versions of records and answers queries about them."""

    async def init(self) -> Sequence[str]:
        """Create the dataset and tables if missing, add the columns that tables of an earlier
        release lack, then create or update the views.

        Returns messages about lasting differences between the dataset and a new one. It is safe to repeat,
        and to run while an exporter appends. Raises `WarehouseOutdated` and `WarehouseMisplaced`."""

    async def init_analysts(self) -> None:
        """Create or update the analysts' dataset, its views, and the views used by insights. Call
        `init` first. It is safe to repeat."""

    async def append(self, rows: Sequence[Row]) -> None:
        """Append rows to the table each belongs to. On return all are stored durably.

        Rows are appended at least once: after an error some may have been appended, and appending
        them again does no harm. A user's rows from before their erasure are never shown, and may be
        dropped.
        """

    def text(self, statement: str) -> str:
        """The SQL that `query` runs for a statement, in the warehouse's own dialect."""

    async def query(
        self, statement: str, parameters: Mapping[str, Parameter]
    ) -> list[dict[str, Any]]:
        """Run `analytics/warehouse/sql/queries/<statement>.sql` (GoogleSQL) and return its rows.

        Timestamps come back as aware datetimes in UTC, JSON columns as text.
        """

    async def execute(self, statement: str, parameters: Mapping[str, Parameter]) -> int:
        """Run the statements of `analytics/warehouse/sql/changes/<statement>.sql` (GoogleSQL DML)
        one after the other, and return how many rows they changed.

        Repeat it after an error. A file may keep the text of removed rows until `rewrite`.
        """

    async def erase(self, uid: str, before: int) -> Erased:
        """Remove every row of a user with a `change_seq` up to `before` (a commit time in
        microseconds), and check that none is left. From then on no view shows such a row, even if
        one is appended late.

        It is safe to repeat; a user's highest `before` counts. After an error rows may be left, so
        call it again.
        """

    async def rewrite(self) -> None:
        """Make sure that nothing removed before can be read from the warehouse's file. A warehouse
        without a file does nothing."""

    async def ping(self) -> None:
        """Return if the warehouse can be read; else raise `WarehouseUnavailable`."""

    async def close(self) -> None:
        """Close files and connections."""
