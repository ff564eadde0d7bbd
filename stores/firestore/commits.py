"""What a commit does besides what it was told, and what it did: told by its answer or, where that was
lost, by what is stored now."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

from stores.ports import Committed, Create, Delete, Snapshot, Update, Write
from stores.records import Conversation, Record, Removal, Session

CHANGED_AT = "changed_at"
"""The server's time of a record's last write, which lists of changes are ordered by. It is not part of
the record, and a little earlier than its `update_time`, which nothing can be ordered by."""

STAMPED: frozenset[type[Record]] = frozenset({Session, Conversation, Removal})
"""The kinds of record that have it."""


def committed(time: int, results: Sequence[Any], writes: Sequence[Write]) -> Committed:
    """The commit, by its time in microseconds and Firestore's result of each write."""
    transformed = [
        {
            name: value.integer_value
            for name, value in zip(_sent_names(write), result.transform_results, strict=True)
            if name != CHANGED_AT
        }
        for write, result in zip(writes, results, strict=True)
    ]
    return Committed(time, transformed)


def landed(writes: Sequence[Write], now: Snapshot) -> Committed | None:
    """The commit as it landed, or None if it did not; `now` has the keys of all its writes.

    It landed if all it created is there as it was made, from one commit, and what it updated is
    still there. Transformed values are those of now.
    """
    times = set()
    for write in writes:
        if isinstance(write, Delete):
            continue
        record = now.entry(write.key)
        if not isinstance(record, Record):
            return None
        if isinstance(write, Create):
            if record != write.record.model_copy(update={"update_time": record.update_time}):
                return None
            times.add(record.update_time)
    if len(times) != 1:
        return None
    return Committed(
        times.pop(),
        [
            {name: _value(now.get(write.key), name) for name in _transformed_names(write)}
            for write in writes
        ],
    )


def _transformed_names(write: Write) -> Sequence[str]:
    """The fields that a write transforms."""
    return (*write.increase, *write.raise_to) if isinstance(write, Update) else ()


def _sent_names(write: Write) -> Sequence[str]:
    """The fields with a transform, in the order in which Firestore's library sends them."""
    stamped = not isinstance(write, Delete) and write.key.kind in STAMPED
    names = [*_transformed_names(write), *([CHANGED_AT] if stamped else [])]
    return sorted(names, key=lambda name: name.split("."))


def _value(record: Record | None, name: str) -> Any:
    return reduce(getattr, name.split("."), record)
