"""Pages of ordered lists: Relay's arguments in, keyset windows and signed cursors out.

A cursor holds the position (order value and id) of a record, never an offset, so that a page stays
right while the list changes; its tag binds it to one list of one user.
"""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from resolvers.digests import Digests
from resolvers.errors import invalid
from stores.keys import R
from stores.ports import Portion, Position, Window

PAGE_LIMIT = 100
DEFAULT_PAGE = 20

ROUNDS = 20
"""How often a page reads on past records that are not shown."""

MIB = 1024 * 1024
PAGE_SIZE = 4 * MIB
"""Bytes of memory with which a page ends before it has as many records as were asked for. The text of
one turn never takes as much, and 100 turns of usual length take a tenth."""

CURSOR_CHARACTERS = 1_000
"""Far more than any cursor has."""

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Relay's connection arguments, as the caller sent them."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    @property
    def size(self) -> int:
        """How many records are wanted; raises `Refused` unless 0 to 100 from one end."""
        if self.first is not None and self.last is not None:
            raise invalid("Ask for first or for last, not for both.", "last")
        name, size = ("last", self.last) if self.last is not None else ("first", self.first)
        if size is None:
            return DEFAULT_PAGE
        if not 0 <= size <= PAGE_LIMIT:
            raise invalid(f"{name} is {size}; it must be from 0 to {PAGE_LIMIT}.", name)
        return size


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list, in the list's order."""

    items: Sequence[T]
    places: Sequence[Sequence[int | str]]
    """The positions of the items."""
    cursors_of_list: "Cursors"
    has_next: bool
    has_previous: bool
    start: Sequence[int | str] | None
    end: Sequence[int | str] | None
    """Where to go on: the positions of the items at the ends, unless more than these was looked at."""
    size: int = 0
    """About how many bytes of memory the turns take that were read for it."""

    @property
    def cursors(self) -> Sequence[str]:
        """The cursors of the items."""
        return [self.cursors_of_list.encode(place) for place in self.places]

    @property
    def start_cursor(self) -> str | None:
        """The cursor to go on from towards the start."""
        return None if self.start is None else self.cursors_of_list.encode(self.start)

    @property
    def end_cursor(self) -> str | None:
        """The cursor to go on from towards the end."""
        return None if self.end is None else self.cursors_of_list.encode(self.end)


class Cursors:
    """Makes and reads the cursors of one list; `scope` names the list and its owner."""

    def __init__(self, digests: Digests, scope: str) -> None:
        self._digests = digests
        self._scope = scope

    def encode(self, position: Sequence[int | str]) -> str:
        """The cursor of a position."""
        tagged = [self._digests.cursor_tag(self._scope, list(position)), *position]
        return base64.urlsafe_b64encode(json.dumps(tagged).encode()).decode().rstrip("=")

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
                f"{field} is not a cursor of this list; pass on a cursor of its pageInfo or edges.",
                field,
            )
        return tuple(position)


def window(request: PageRequest, cursors: Cursors) -> Window:
    """What to read for a page: one record more than wanted, which tells whether there are more."""

    def position(cursor: str | None, field: str) -> Position | None:
        if cursor is None:
            return None
        order, record_id = cursors.decode(cursor, field)
        return int(order), str(record_id)

    return Window(
        limit=request.size + 1,
        after=position(request.after, "after"),
        before=position(request.before, "before"),
        from_end=request.last is not None,
    )


async def collect(
    request: PageRequest,
    cursors: Cursors,
    fetch: Callable[[Window, int], Awaitable[Portion[R]]],
    position: Callable[[R], Position],
    judge: Callable[[], Awaitable[Callable[[R], U | None]]],
    wanted: Window | None = None,
) -> Page[U]:
    """A page of what `judge` lets show of the records that `fetch` finds in a window, up to a size.

    The first records and the judgement are awaited at the same time. More records are read where
    some are not shown, up to a bound; beyond it, or beyond `PAGE_SIZE`, the page is short and leads on.
    """
    size = request.size
    part = wanted or window(request, cursors)
    found, shows = await asyncio.gather(fetch(part, PAGE_SIZE), judge())
    kept: list[tuple[Position, U]] = []
    taken = 0
    looked_at: Position | None = None
    for rounds in range(ROUNDS):
        inner = [(position(record), shows(record)) for record in found.records]
        shown = [(place, item) for place, item in inner if item is not None]
        kept = [*shown, *kept] if part.from_end else [*kept, *shown]
        taken += found.size if shown else 0
        full = len(kept) > size or taken >= PAGE_SIZE
        if full or not found.more or rounds == ROUNDS - 1:
            break
        edge = position(found.records[0 if part.from_end else -1])
        part = replace(part, before=edge) if part.from_end else replace(part, after=edge)
        found = await fetch(part, PAGE_SIZE - taken)
    more = len(kept) > size or found.more
    if more and len(kept) <= size:
        looked_at = position(found.records[0 if part.from_end else -1])
    page = kept[len(kept) - size :] if part.from_end and len(kept) > size else kept[:size]
    places = [place for place, _ in page]
    ends: list[Position | None] = [places[0], places[-1]] if places else [None, None]
    if looked_at is not None:
        ends[0 if part.from_end else 1] = looked_at
    return Page(
        items=[item for _, item in page],
        places=places,
        cursors_of_list=cursors,
        has_next=request.before is not None if part.from_end else more,
        has_previous=more if part.from_end else request.after is not None,
        start=ends[0],
        end=ends[1],
        size=taken,
    )
