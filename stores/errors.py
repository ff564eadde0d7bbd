"""All errors that a store raises on purpose. Messages never contain user text."""

from collections.abc import Sequence

from stores.keys import Key
from stores.records import Record


class StoreError(Exception):
    """Base class of all errors that a store raises on purpose. Messages never contain user text."""


class RecordExists(StoreError):
    """A create found that its record already exists; nothing was written."""


class RecordMissing(StoreError):
    """An update found that its record does not exist; nothing was written."""


class RecordChanged(StoreError):
    """A record was written since `unchanged_since`; nothing was written."""


class StoreUnavailable(StoreError):
    """The store can't be reached or did not answer in time. A commit may or may not have been written."""


class Unreadable(StoreError):
    """A record exists but can't be read: it was changed by hand, or written by another version. The
    message names its path, the fields and what is wrong with each, and no value."""

    def __init__(self, key: Key[Record], faults: Sequence[str], update_time: int) -> None:
        super().__init__(
            f"{'/'.join(key.path)} can't be read ({', '.join(faults)}): mend it in the store or, if "
            "a newer Recollect wrote it, run that one"
        )
        self.key = key
        self.update_time = update_time
        """The commit time of its last write."""
