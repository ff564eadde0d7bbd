"""A list that is read page by page while it changes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar


class Row(Protocol):
    """Something with an id."""

    id: str


RowT = TypeVar("RowT", bound=Row)


@dataclass(frozen=True, slots=True)
class Page(Generic[RowT]):
    """Rows in their order, and the cursor of those that follow, if there are any."""

    rows: list[RowT]
    more: bool
    cursor: str | None


@dataclass(slots=True)
class Listing(Generic[RowT]):
    """The rows loaded so far, in their order, without gaps.

    `at` returns the value that they are sorted by; if `rising`, the smallest comes first.
    """

    at: Callable[[RowT], datetime | int]
    rising: bool = False
    rows: list[RowT] = field(default_factory=list)
    more: bool = False
    cursor: str | None = None

    def refresh(self, first: Page[RowT]) -> None:
        """Replace the first page, and keep other rows if they still follow it without a gap."""
        seen = {self._position(row) for row in self.rows}
        others: list[RowT] = []
        if first.more and any(self._position(row) in seen for row in first.rows):
            end = self._position(first.rows[-1])
            shown = {row.id for row in first.rows}
            others = [r for r in self.rows if self._follows(r, end) and r.id not in shown]
        self.rows = first.rows + others
        if not others:
            self.more, self.cursor = first.more, first.cursor

    def extend(self, following: Page[RowT]) -> None:
        """Append the next page."""
        shown = {row.id for row in self.rows}
        self.rows += [row for row in following.rows if row.id not in shown]
        self.more, self.cursor = following.more, following.cursor

    def _follows(self, row: RowT, end: tuple[Any, str]) -> bool:
        return self._position(row) > end if self.rising else self._position(row) < end

    def _position(self, row: RowT) -> tuple[Any, str]:
        return self.at(row), row.id
