"""Reads the turns of a path, a few ranges of one order; the ranges of a page are read at the same time."""

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, islice, takewhile

from resolvers.context import Context
from stores.branches import Range, position
from stores.ports import Portion, Position, Window
from stores.records import BRANCH_PLACES, Conversation

AT_ONCE = 8
"""Ranges that are read at the same time; each may take as much memory as a page."""
SPARE = 4
"""Extra turns read for a page, because up to this many may stand beside those of the page."""


@dataclass(frozen=True, slots=True)
class _Part:
    """The part of a range that is within a window: its known turns, and what is left to read."""

    known: Sequence[Conversation]
    left: Window | None
    turns: int | None


def with_spare(window: Window) -> Window:
    """The window to read, over the turns of all branches, for a page of one path. It is larger if the
    cursor is on a line other than the first, which shows that there are branches."""
    cursor = window.before if window.from_end else window.after
    branched = cursor is not None and cursor[0] >= BRANCH_PLACES
    return replace(window, limit=window.limit + SPARE) if branched else window


async def take_path(
    ctx: Context,
    session_id: str,
    path: Iterable[Range],
    window: Window,
    size: int,
    read: Portion[Conversation] | None = None,
) -> Portion[Conversation]:
    """Like `Store.take_conversations`, but only for the turns of a path, whose ranges are given in the order
    in which the window is read.

    `read` is the result of that method for the same window, with the turns of all branches.
    """
    found = [position(turn) for turn in read.records] if read else []
    # The page needs few of them, so the others are not looked at.
    left = (part for each in path if (part := _part(each, window, read, found)) is not None)
    parts = [*islice(left, AT_ONCE)]
    taken = read.size if read and any(part.known for part in parts) else 0
    turns: list[Conversation] = []
    while parts and len(turns) < window.limit and (taken < size or parts[0].known):
        missing = window.limit - len(turns)
        some = parts[: _on_page(parts, missing)]
        parts = [*parts[len(some) :], *islice(left, len(some))]
        sure = accumulate((len(part.known) for part in some), initial=0)
        portions = await asyncio.gather(
            *(
                _take(ctx, session_id, part, missing - known, size - taken)
                for part, known in zip(some, sure, strict=False)
            )
        )
        for portion in portions:
            turns = _joined(turns, portion.records, window)
            taken += portion.size
            if portion.more:
                return Portion(_cut(turns, window), True, taken)
    return Portion(_cut(turns, window), bool(parts) or len(turns) >= window.limit, taken)


def _part(
    part: Range, window: Window, read: Portion[Conversation] | None, found: Sequence[Position]
) -> _Part | None:
    """The part of a range that is within a window; None if they don't overlap. `found` are the positions of
    the turns already read."""
    after = max(part.after, window.after or part.after)
    before = min(part.before, window.before or part.before)
    if after >= before:
        return None
    if read is None:
        return _Part((), replace(window, after=after, before=before), part.turns)
    known = read.records[bisect_right(found, after) : bisect_left(found, before)]
    if found and window.from_end:
        before = min(before, found[0])
    elif found:
        after = max(after, found[-1])
    if not read.more or after >= before:
        return _Part(known, None, len(known))
    return _Part(known, replace(window, after=after, before=before), part.turns)


def _on_page(parts: Sequence[_Part], missing: int) -> int:
    """How many of the next parts are needed for a page that lacks `missing` turns."""
    counts = [missing if part.turns is None else part.turns for part in parts]
    full = sum(1 for _ in takewhile(lambda total: total < missing, accumulate(counts)))
    return min(full + 1, len(parts))


async def _take(
    ctx: Context, session_id: str, part: _Part, missing: int, size: int
) -> Portion[Conversation]:
    """The turns of a part for a page that lacks `missing`, including the known ones. If no `size` is left,
    only those."""
    lacking = missing - len(part.known)
    if part.left is None or lacking <= 0 or size <= 0:
        return Portion(part.known, part.left is not None, 0)
    left = replace(part.left, limit=lacking)
    found = await ctx.store.take_conversations(ctx.uid, session_id, left, size)
    return replace(found, records=_joined(part.known, found.records, part.left))


def _joined(
    turns: Sequence[Conversation], following: Sequence[Conversation], window: Window
) -> list[Conversation]:
    """Turns, and those that follow them in the direction in which the window is read, as one list."""
    return [*following, *turns] if window.from_end else [*turns, *following]


def _cut(turns: list[Conversation], window: Window) -> list[Conversation]:
    return turns[-window.limit :] if window.from_end else turns[: window.limit]
