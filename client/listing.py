"""A list that is read page by page while it changes."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

Row: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, newest first, and where older ones go on, if there are any."""

    rows: list[Row]
    more: bool
    cursor: str | None


@dataclass(slots=True)
class Listing:
    """The rows seen so far, newest first, without a gap.

    `order` names the field with the time they are sorted by.
    """

    order: str
    rows: list[Row] = field(default_factory=list)
    more: bool = False
    cursor: str | None = None

    def refresh(self, newest: Page) -> None:
        """Take the newest page as it is now, and keep older rows where they still join on to it."""
        seen = {self._place(row) for row in self.rows}
        older: list[Row] = []
        if newest.more and any(self._place(row) in seen for row in newest.rows):
            end = self._place(newest.rows[-1])
            shown = {row["id"] for row in newest.rows}
            older = [r for r in self.rows if self._place(r) < end and r["id"] not in shown]
        self.rows = newest.rows + older
        if not older:
            self.more, self.cursor = newest.more, newest.cursor

    def extend(self, older: Page) -> None:
        """Append the page that follows."""
        shown = {row["id"] for row in self.rows}
        self.rows += [row for row in older.rows if row["id"] not in shown]
        self.more, self.cursor = older.more, older.cursor

    def _place(self, row: Row) -> tuple[datetime, str]:
        return datetime.fromisoformat(row[self.order]), row["id"]
