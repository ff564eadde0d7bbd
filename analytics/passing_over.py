"""What can't be read is passed over, and told of."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeAlias

from stores.keys import R
from stores.ports import Entry, Unreadable

logger = logging.getLogger(__name__)

Tell: TypeAlias = Callable[[Unreadable], None]
"""Hears of each record that was passed over."""


def sound(entries: Iterable[Entry[R]], tell: Tell | None = None) -> list[R]:
    """The records among some entries; `tell` hears of the others."""
    records = []
    for entry in entries:
        if not isinstance(entry, Unreadable):
            records.append(entry)
        elif tell:
            tell(entry)
    return records


def logged(record: Unreadable) -> None:
    """Tell the log."""
    logger.warning("A stored record is passed over: %s", record)
