"""Times in the form of Firestore's library."""

from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(micros: int) -> datetime:
    """Microseconds since 1970 as a time of Firestore's library."""
    return _EPOCH + timedelta(microseconds=micros)


def micros(time: Any) -> int:
    """A time of Firestore's library as microseconds since 1970."""
    since: int = (time - _EPOCH) // timedelta(microseconds=1)
    return since
