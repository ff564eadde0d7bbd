"""A list that is read page by page while it changes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar


class Row(Protocol):
    """Something with an id."""

    id: str


RowT = TypeVar("RowT", bound=Row)


@dataclass(frozen=True, slots=True)
class Page(Generic[RowT]):
    """Rows, newest first, and the cursor of older ones, if there are any."""

    rows: list[RowT]
    more: bool
    cursor: str | None


@dataclass(slots=True)
class Listing(Generic[RowT]):
    """The rows loaded so far, newest first, without gaps.

    `at` returns the time they are sorted by.
    """

    at: Callable[[RowT], datetime]
    rows: list[RowT] = field(default_factory=list)
    more: bool = False
    cursor: str | None = None

    def refresh(self, newest: Page[RowT]) -> None:
        """Replace the newest page, and keep older rows if they still follow it without a gap."""
        seen = {self._position(row) for row in self.rows}
        older: list[RowT] = []
        if newest.more and any(self._position(row) in seen for row in newest.rows):
            end = self._position(newest.rows[-1])
            shown = {row.id for row in newest.rows}
            older = [r for r in self.rows if self._position(r) < end and r.id not in shown]
        self.rows = newest.rows + older
        if not older:
            self.more, self.cursor = newest.more, newest.cursor

    def extend(self, older: Page[RowT]) -> None:
        """Append the next page."""
        shown = {row.id for row in self.rows}
        self.rows += [row for row in older.rows if row.id not in shown]
        self.more, self.cursor = older.more, older.cursor

    def _position(self, row: RowT) -> tuple[datetime, str]:
        return self.at(row), row.id
