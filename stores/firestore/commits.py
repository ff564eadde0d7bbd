"""The time stamp that a commit adds, and the result of a commit: from its response or, if that was
lost, from what is stored now."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

from google.cloud import firestore

from stores.firestore.times import micros
from stores.keys import CHANGING
from stores.ports import Committed, Create, Delete, Snapshot, Update, Write
from stores.records import Record

CHANGED_AT = "changed_at"
"""The server time of a record's last write, by which lists of changes are ordered. It is not part
of the record. It is a little earlier than `update_time`, which Firestore can't order by."""


def is_stamped(path: Sequence[str]) -> bool:
    """Whether the record at a path has this field."""
    return path[-2] in CHANGING


def committed(batch: firestore.AsyncWriteBatch, writes: Sequence[Write]) -> Committed:
    """The commit of these writes, from Firestore's response, which the batch keeps."""
    if not writes:
        return Committed(0, ())
    results = batch.write_results or ()
    transformed = [
        {
            name: value.integer_value
            for name, value in zip(_sent_names(write), result.transform_results, strict=True)
            if name != CHANGED_AT
        }
        for write, result in zip(writes, results, strict=True)
    ]
    return Committed(micros(batch.commit_time), transformed)


def landed(writes: Sequence[Write], now: Snapshot) -> Committed | None:
    """The commit if it was written, else None. `now` has the keys of all its writes.

    It was written if everything it created exists unchanged, from a single commit, and everything
    it updated still exists. Transformed values are the current ones.
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
    stamped = not isinstance(write, Delete) and is_stamped(write.key.path)
    names = [*_transformed_names(write), *([CHANGED_AT] if stamped else [])]
    return sorted(names, key=lambda name: name.split("."))


def _value(record: Record | None, name: str) -> Any:
    return reduce(getattr, name.split("."), record)
