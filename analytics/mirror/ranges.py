"""The marks of all users, divided into ranges of their paths."""

from collections import deque
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace

from analytics.unreadable_records import OnUnreadable, log_unreadable, readable_records
from stores.errors import Unreadable
from stores.keys import BEFORE_IDS, Key, mark_key
from stores.mirror_records import ExportMark
from stores.ports import Entry, Store


@dataclass(frozen=True, slots=True)
class Range:
    """The marks strictly after one key, up to and including another. None means open-ended."""

    after: Key[ExportMark] | None = None
    until: Key[ExportMark] | None = None


def _divided() -> tuple[Range, ...]:
    bounds = [None, *(mark_key(digit, BEFORE_IDS) for digit in "123456789abcdef"), None]
    return tuple(map(Range, bounds, bounds[1:]))


RANGES = _divided()
"""All marks, by the first digit of the uid. A uid is a hash, so the ranges have about equally many users."""


def merged(ranges: Sequence[Range]) -> list[Range]:
    """The same marks in as few ranges as possible. `ranges` are in order and do not overlap."""
    whole: list[Range] = []
    for each in ranges:
        if whole and whole[-1].until == each.after is not None:
            whole[-1] = replace(whole[-1], until=each.until)
        else:
            whole.append(each)
    return whole


def split(whole: Range) -> list[Range]:
    """A range, cut where the `RANGES` meet."""
    return [
        Range(
            after=max(part.after, whole.after, key=_lower),
            until=min(part.until, whole.until, key=_upper),
        )
        for part in RANGES
        if max(_lower(part.after), _lower(whole.after))
        < min(_upper(part.until), _upper(whole.until))
    ]


async def sweep(
    store: Store, ranges: Sequence[Range], limit: int, on_unreadable: OnUnreadable = log_unreadable
) -> AsyncGenerator[Sequence[ExportMark], None]:
    """Every mark of some ranges, in pages of at most `limit`; `on_unreadable` gets unreadable ones.

    If few marks are waiting it takes one request. Otherwise the ranges take turns, a page each, so
    that one user's many marks hold up only their own range, and only during this pass.
    """
    waiting = deque(merged(ranges))
    while waiting:
        current = waiting.popleft()
        found = await store.scan_marks(current.after, limit, current.until)
        if marks := readable_records(found, on_unreadable):
            yield marks
        if len(found) == limit:
            waiting.extend(split(replace(current, after=mark_key_of(found[-1]))))


def mark_key_of(mark: Entry[ExportMark]) -> Key[ExportMark]:
    """The key of a mark, readable or not."""
    if isinstance(mark, Unreadable):
        return Key(ExportMark, mark.key.path)
    return mark_key(mark.uid, mark.mark_id)


def _lower(key: Key[ExportMark] | None) -> tuple[str, ...]:
    return key.path if key else ()


def _upper(key: Key[ExportMark] | None) -> tuple[str, ...]:
    return key.path if key else ("~",)
