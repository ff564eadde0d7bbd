"""Going through all records of a kind in the order of their paths, page by page."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import TypeAlias

from analytics.unreadable_records import OnUnreadable, readable_records
from stores.keys import Key, R
from stores.ports import Store, Unreadable
from stores.records import Conversation, Profile, Record, Session

PAGE = 400
PAGE_BYTES = 8_000_000
"""Records of one read, and about how much memory they may take: a turn may be 0.9 MB."""

Report: TypeAlias = Callable[[int, int], None]
"""Is told how many records are done, and of how many that are known so far."""


class Tally:
    """Counts the records that were gone through, and those known to come, for a report."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._done = self._expected = 0

    def add(self, records: Sequence[Record]) -> None:
        """Some more are done."""
        self._done += len(records)
        self._expected += sum(map(announced, records))
        self._expected = max(self._done, self._expected)
        self._report(self._done, self._expected)


def unreported(done: int, expected: int) -> None:
    """The report that nobody reads."""


async def pages(
    store: Store,
    kind: type[R],
    after: Key[R] | None = None,
    *,
    trash: bool = False,
    tell: OnUnreadable,
) -> AsyncIterator[Sequence[tuple[Key[R], R]]]:
    """The records of `Store.scan`, strictly after a key; `tell` hears of those that can't be read. No
    page is empty."""
    while page := await store.scan(kind, after, PAGE, trash=trash, size=PAGE_BYTES):
        places = [key for key, entry in page if not isinstance(entry, Unreadable)]
        records = readable_records((entry for _, entry in page), tell)
        if records:
            yield list(zip(places, records, strict=True))
        after = page[-1][0]


def announced(record: Record) -> int:
    """How many records a record stands for by its counters: itself and those right below it."""
    match record:
        case Profile():
            return 1 + record.active_count + record.archived_count + record.trash_count
        case Session():
            return record.conversation_count
        case Conversation():
            return 0
    raise TypeError(f"nothing is known below {type(record).__name__}")
