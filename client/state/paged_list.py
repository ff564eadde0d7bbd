"""A list that is read page by page while it changes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar


class Row(Protocol):
    """What has an id of its own."""

    id: str


RowT = TypeVar("RowT", bound=Row)


@dataclass(frozen=True, slots=True)
class Page(Generic[RowT]):
    """Rows, newest first, and where older ones go on, if there are any."""

    rows: list[RowT]
    more: bool
    cursor: str | None


@dataclass(slots=True)
class Listing(Generic[RowT]):
    """The rows seen so far, newest first, without a gap.

    `at` gives the time they are sorted by.
    """

    at: Callable[[RowT], datetime]
    rows: list[RowT] = field(default_factory=list)
    more: bool = False
    cursor: str | None = None

    def refresh(self, newest: Page[RowT]) -> None:
        """Take the newest page as it is now, and keep older rows where they still join on to it."""
        seen = {self._place(row) for row in self.rows}
        older: list[RowT] = []
        if newest.more and any(self._place(row) in seen for row in newest.rows):
            end = self._place(newest.rows[-1])
            shown = {row.id for row in newest.rows}
            older = [r for r in self.rows if self._place(r) < end and r.id not in shown]
        self.rows = newest.rows + older
        if not older:
            self.more, self.cursor = newest.more, newest.cursor

    def extend(self, older: Page[RowT]) -> None:
        """Append the page that follows."""
        shown = {row.id for row in self.rows}
        self.rows += [row for row in older.rows if row.id not in shown]
        self.more, self.cursor = older.more, older.cursor

    def _place(self, row: RowT) -> tuple[datetime, str]:
        return self.at(row), row.id
