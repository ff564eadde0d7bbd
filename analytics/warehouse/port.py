"""The port every warehouse implements."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from analytics.warehouse.rows import Row

Parameter: TypeAlias = str | int | bool | Sequence[str] | None
"""A named query parameter; times are given as INT64 microseconds (`TIMESTAMP_MICROS(@since)`)."""

LONGEST_APPEND = 60.0
"""Seconds from the reading of a record to the end of appending its row. Nothing that was read before
lands later: what takes longer is given up and read again."""


class WarehouseError(Exception):
    """Base of everything a warehouse raises on purpose. Messages never hold user text."""


class WarehouseUnavailable(WarehouseError):
    """The warehouse can't be reached, did not answer in time, or is not initialised; try again."""


class WarehouseLocked(WarehouseError):
    """Another process holds the warehouse's file."""


class WarehouseOutdated(WarehouseError):
    """A table of an earlier release has what can't be changed in place."""


class RowsRefused(WarehouseError):
    """The warehouse will never take these rows as they are; some of the others may have landed."""

    def __init__(self, message: str, rows: Collection[int] = ()) -> None:
        """`rows` are the places of those that it means, where it says so."""
        super().__init__(message)
        self.rows = rows


@dataclass(frozen=True)
class Erased:
    """What an erasure did."""

    removed: Mapping[str, int]
    """Rows by table."""
    remains: str | None
    """What can't be removed at once and until when, for people to read; None if nothing is left."""


class Warehouse(Protocol):
    """Where versions of records are appended and questions about them are asked."""

    async def init(self) -> Sequence[str]:
        """Create the dataset and tables that are missing, add the columns that tables of an earlier
        release lack, then create the views or bring them up to date.

        Returns what is otherwise than in a new dataset and stays so, for people to read. Safe to
        repeat, and to run while an exporter appends. Raises `WarehouseOutdated`."""

    async def init_analysts(self) -> None:
        """Create the dataset that analysts read, with its views, and the views that insights ask, or
        bring them up to date; after `init`. Safe to repeat."""

    async def append(self, rows: Sequence[Row]) -> None:
        """Append rows to the table each belongs to; on return all are acknowledged as durable.

        At least once: after an error some may have landed, and appending them again does no harm.
        Rows of a user up to their erasure are never shown, and may be dropped.
        """

    async def query(
        self, statement: str, parameters: Mapping[str, Parameter]
    ) -> list[dict[str, Any]]:
        """Run `analytics/warehouse/sql/queries/<statement>.sql` (GoogleSQL) and return its rows.

        Timestamps come back as aware datetimes in UTC, JSON columns as text.
        """

    async def execute(self, statement: str, parameters: Mapping[str, Parameter]) -> int:
        """Run `analytics/warehouse/sql/changes/<statement>.sql` (GoogleSQL DML), its statements one after the
        other, and return how many rows they changed.

        Repeat it after an error. A file may keep the bytes of removed rows until `rewrite`.
        """

    async def erase(self, uid: str, before: int) -> Erased:
        """Remove every row of a user with a `change_seq` up to `before`, a commit time in
        microseconds, and see that none is left. Views never show one from then on, whoever appends
        it late.

        Safe to repeat; the highest `before` of a user counts. After an error rows may be left, so
        erase again.
        """

    async def rewrite(self) -> None:
        """See that nothing can be read from the warehouse's file that was removed before, where it has
        a file of its own; elsewhere there is nothing to do."""

    async def ping(self) -> None:
        """Answer if the warehouse can be read; `WarehouseUnavailable` says what is wrong."""

    async def close(self) -> None:
        """Give back files and connections."""
