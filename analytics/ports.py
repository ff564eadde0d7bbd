"""The port every warehouse implements."""

from collections.abc import Mapping, Sequence
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


class Warehouse(Protocol):
    """Where versions of records are appended and questions about them are asked."""

    async def init(self) -> None:
        """Create the dataset, tables and views that are missing, and bring views up to date.

        Safe to repeat, and to run while an exporter appends."""

    async def append(self, rows: Sequence[Row]) -> None:
        """Append rows to the table each belongs to; on return all are acknowledged as durable.

        At least once: after an error some may have landed, and appending them again does no harm.
        """

    async def query(
        self, statement: str, parameters: Mapping[str, Parameter]
    ) -> list[dict[str, Any]]:
        """Run `analytics/sql/queries/<statement>.sql` (GoogleSQL) and return its rows.

        Timestamps come back as aware datetimes in UTC, JSON columns as text.
        """

    async def ping(self) -> None:
        """Answer if the warehouse can be read; `WarehouseUnavailable` says what is wrong."""

    async def close(self) -> None:
        """Give back files and connections."""
