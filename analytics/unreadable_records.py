"""What can't be read is passed over, and told of."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeAlias

from stores.keys import R
from stores.ports import Entry, Unreadable

logger = logging.getLogger(__name__)

OnUnreadable: TypeAlias = Callable[[Unreadable], None]
"""Hears of each record that was passed over."""


def readable_records(entries: Iterable[Entry[R]], tell: OnUnreadable | None = None) -> list[R]:
    """The records among some entries; `tell` hears of the others."""
    records = []
    for entry in entries:
        if not isinstance(entry, Unreadable):
            records.append(entry)
        elif tell:
            tell(entry)
    return records


def log_unreadable(record: Unreadable) -> None:
    """OnUnreadable the log."""
    logger.warning("A stored record is passed over: %s", record)
