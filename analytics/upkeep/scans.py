"""Reads all records of a kind in path order, page by page."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import TypeAlias

from analytics.unreadable_records import OnUnreadable, readable_records
from stores.errors import Unreadable
from stores.keys import Key, R
from stores.ports import Store
from stores.records import Conversation, Profile, Record, Session

PAGE = 400
PAGE_BYTES = 8_000_000
"""Records per read, and about how much memory they may take. A turn may be 0.9 MB."""

Report: TypeAlias = Callable[[int, int], None]
"""Called with how many records are done, and how many are known so far."""


class ScanProgress:
    """Counts the records processed, and those known to follow, for a report."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._done = self._expected = 0

    def add(self, records: Sequence[Record]) -> None:
        """Count some more as done."""
        self._done += len(records)
        self._expected += sum(map(expected_records, records))
        self._expected = max(self._done, self._expected)
        self._report(self._done, self._expected)


def no_report(done: int, expected: int) -> None:
    """Report to nobody."""


async def pages(
    store: Store,
    kind: type[R],
    after: Key[R] | None = None,
    *,
    trash: bool = False,
    on_unreadable: OnUnreadable,
) -> AsyncIterator[Sequence[tuple[Key[R], R]]]:
    """The records of `Store.scan`, strictly after a key, in non-empty pages. `on_unreadable` is called with
    those that can't be read."""
    while page := await store.scan(kind, after, PAGE, trash=trash, size=PAGE_BYTES):
        keys = [key for key, entry in page if not isinstance(entry, Unreadable)]
        records = readable_records((entry for _, entry in page), on_unreadable)
        if records:
            yield list(zip(keys, records, strict=True))
        after = page[-1][0]


def expected_records(record: Record) -> int:
    """How many records to expect because of a record, from its counters."""
    match record:
        case Profile():
            return 1 + record.active_count + record.archived_count + record.trash_count
        case Session():
            return record.conversation_count
        case Conversation():
            return 0
    raise TypeError(f"{type(record).__name__} has no counters")
