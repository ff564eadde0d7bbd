"""Pages of ordered lists: turns Relay's arguments into keyset windows and signed cursors.

A cursor contains the position of a record (order value and id), not an offset, so that pages stay
right while the list changes. Its tag binds it to one list of one user.
"""

import base64
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar

from resolvers.digests import Digests
from resolvers.errors import Refused, invalid
from stores.keys import R
from stores.ports import Portion, Position, Window

PAGE_LIMIT = 100
DEFAULT_PAGE = 20

ROUNDS = 20
"""How often a page reads further because some records are not shown."""

MIB = 1024 * 1024
PAGE_SIZE = 4 * MIB
"""Bytes of memory at which a page ends even if more records were requested. The text of one turn
never takes that much, and 100 turns of usual length take a tenth."""

CURSOR_CHARACTERS = 1_000
"""An upper limit, far above the length of any cursor."""

T = TypeVar("T")


class PageRequest(NamedTuple):
    """Relay's connection arguments, as sent by the caller."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    @property
    def size(self) -> int:
        """The requested page size; raises `Refused` unless it is 0 to 100, from one end."""
        if self.first is not None and self.last is not None:
            raise invalid("Use either first or last, not both.", "last")
        name, size = ("last", self.last) if self.last is not None else ("first", self.first)
        if size is None:
            return DEFAULT_PAGE
        if not 0 <= size <= PAGE_LIMIT:
            raise invalid(f"{name} is {size}; it must be from 0 to {PAGE_LIMIT}.", name)
        return size


class Page(NamedTuple, Generic[T]):
    """A page of a list, in the list's order."""

    items: Sequence[T]
    position: Callable[[T], Sequence[int | str]]
    """The position of an item."""
    cursors_of_list: "Cursors"
    has_next: bool
    has_previous: bool
    start: Sequence[int | str] | None
    end: Sequence[int | str] | None
    """Where to continue: the positions of the first and last item, or further out if more was read."""
    size: int = 0
    """About how many bytes of memory its turns take."""

    @property
    def cursors(self) -> Sequence[str]:
        """The cursors of the items."""
        return [self.cursors_of_list.encode(self.position(each)) for each in self.items]

    @property
    def start_cursor(self) -> str | None:
        """The cursor from which to continue towards the start."""
        return None if self.start is None else self.cursors_of_list.encode(self.start)

    @property
    def end_cursor(self) -> str | None:
        """The cursor from which to continue towards the end."""
        return None if self.end is None else self.cursors_of_list.encode(self.end)


class Cursors:
    """Makes and checks the cursors of one list; `scope` names the list and its owner."""

    def __init__(self, digests: Digests, scope: str) -> None:
        self._digests = digests
        self._scope = scope

    def encode(self, position: Sequence[int | str]) -> str:
        """The cursor of a position."""
        return _cursor(self._digests, self._scope, *position)

    def made(self, cursor: str) -> bool:
        """Whether a cursor was made for this list."""
        try:
            self.decode(cursor, "after")
        except Refused:
            return False
        return True

    def decode(self, cursor: str, field: str) -> tuple[int | str, ...]:
        """The position of a cursor; raises `Refused` for one that was not made for this list."""
        try:
            if len(cursor) > CURSOR_CHARACTERS:
                raise ValueError
            padded = cursor + "=" * (-len(cursor) % 4)
            tag, *position = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        except (ValueError, TypeError, RecursionError):
            tag, position = None, []
        if not self._digests.is_cursor_tag(tag, self._scope, position):
            raise invalid(
                f"{field} is not a cursor of this list; use a cursor from its pageInfo or edges.",
                field,
            )
        return tuple(position)


# A list is read again after each turn, and most pages end where they did.
@lru_cache(4096, typed=True)
def _cursor(digests: Digests, scope: str, *position: int | str) -> str:
    tagged = [digests.cursor_tag(scope, position), *position]
    return base64.urlsafe_b64encode(json.dumps(tagged).encode()).decode().rstrip("=")


def window(request: PageRequest, cursors: Cursors) -> Window:
    """The window to read for a page: one record more than requested, to know whether there are more."""

    limit = request.size + 1
    after = None if request.after is None else _position(cursors, request.after, "after")
    before = None if request.before is None else _position(cursors, request.before, "before")
    return Window(limit, after, before, from_end=request.last is not None)


def _position(cursors: Cursors, cursor: str, field: str) -> Position:
    order, record_id = cursors.decode(cursor, field)
    return int(order), str(record_id)


async def collect(
    request: PageRequest,
    cursors: Cursors,
    fetch: Callable[[Window, int], Awaitable[Portion[R]]],
    position: Callable[[R], Position],
    judge: Callable[[], Awaitable[Callable[[R], bool]]],
    wanted: Window | None = None,
) -> Page[R]:
    """A page of those records that `fetch` finds in a window and `judge` allows to be shown, up to a size.

    `judge` is awaited after the first records; callers begin what it reads before (`Context.expect`).
    If some records are not shown, more are read, up to a limit. Beyond it, or beyond `PAGE_SIZE`, the
    page is short and its cursor leads on.
    """
    part = wanted or window(request, cursors)
    size = part.limit - 1
    found, shows = await fetch(part, PAGE_SIZE), await judge()
    kept: list[R] = []
    taken = 0
    for rounds in range(ROUNDS):
        shown = [*filter(shows, found.records)]
        kept = [*shown, *kept] if part.from_end else [*kept, *shown]
        taken += found.size if shown else 0
        full = len(kept) > size or taken >= PAGE_SIZE
        if full or not found.more or rounds == ROUNDS - 1:
            break
        edge = position(found.records[0 if part.from_end else -1])
        part = replace(part, before=edge) if part.from_end else replace(part, after=edge)
        found = await fetch(part, PAGE_SIZE - taken)
    more = len(kept) > size or found.more
    page = kept[len(kept) - size :] if part.from_end and len(kept) > size else kept[:size]
    ends: list[Position | None] = [None, None]
    if page:
        ends = [position(page[0]), position(page[-1])]
    if more and len(kept) <= size:
        which = 0 if part.from_end else -1
        ends[which] = position(found.records[which])
    return Page(
        items=page,
        position=position,
        cursors_of_list=cursors,
        has_next=request.before is not None if part.from_end else more,
        has_previous=more if part.from_end else request.after is not None,
        start=ends[0],
        end=ends[1],
        size=taken,
    )
