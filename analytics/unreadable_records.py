"""Skips records that can't be read, and reports them."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeAlias

from stores.errors import Unreadable
from stores.keys import R
from stores.ports import Entry

logger = logging.getLogger(__name__)

OnUnreadable: TypeAlias = Callable[[Unreadable], None]
"""Called with each record that is skipped because it can't be read."""


def readable_records(
    entries: Iterable[Entry[R]], on_unreadable: OnUnreadable | None = None
) -> list[R]:
    """The readable records among some entries. `on_unreadable` is called with the others."""
    records = []
    for entry in entries:
        if not isinstance(entry, Unreadable):
            records.append(entry)
        elif on_unreadable:
            on_unreadable(entry)
    return records


def log_unreadable(record: Unreadable) -> None:
    """Write it to the log."""
    logger.warning("Skipped a stored record: %s", record)
