"""The records that marks name, each once, and the rows made from their current state."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

from analytics.mirror import row_mapping
from analytics.warehouse.rows import Row
from stores.errors import Unreadable
from stores.keys import AFTER_IDS, BEFORE_IDS, Key, conversation_key
from stores.mirror_records import Change, ExportMark
from stores.ports import Snapshot, Store
from stores.records import Conversation, Record

Changed: TypeAlias = tuple[str, Change]
"""A changed record: its owner's uid, and how the mark names it."""

Refused: TypeAlias = dict[Changed, tuple[int, str]]
"""Records that can't be mirrored: when each was marked, and the reason."""

RECORDS_AT_ONCE = 64
"""Records per read. A turn may be 0.9 MB."""


@dataclass(frozen=True, slots=True)
class Read:
    """The rows made of one read of the store."""

    rows: Mapping[Changed, Row]
    """Records that are not mirrored have no row."""
    unreadable: Mapping[Changed, str]
    """Records without a row because a record it is made from can't be read, with the reason."""
    marked_at: Mapping[Changed, int]
    """The commit time of each record's last mark."""
    size: int
    """Bytes of text in the rows."""
    at: float
    """When the read began, by the event loop's clock."""


def latest(marks: Sequence[ExportMark]) -> dict[Changed, int]:
    """The records that the marks name, each once, with the commit time of the last mark naming it.

    If any mark asks for a record's text to be forgotten, it is forgotten.
    """
    times: dict[Changed, int] = {}
    forgotten: set[Changed] = set()
    for mark in marks:
        for change in mark.changes:
            plain = change.model_copy(update={"forget": False}) if change.forget else change
            changed = (mark.uid, plain)
            times[changed] = max(times.get(changed, 0), mark.update_time)
            if change.forget:
                forgotten.add(changed)
    return {
        (changed[0], changed[1].model_copy(update={"forget": True}))
        if changed in forgotten
        else changed: time
        for changed, time in times.items()
    }


async def parts(
    store: Store, changed: Mapping[Changed, int], refused: Refused
) -> AsyncIterator[dict[Changed, int]]:
    """The changed records, `RECORDS_AT_ONCE` at a time, each with the time of its mark.

    Records of one session stay together, so that the session is not read again and again. A subtree
    with a turn that can't be read is added to `refused`; its other turns are still yielded.
    """
    records = sorted(
        ((key, time) for key, time in changed.items() if key[1].kind != "subtree"),
        key=lambda each: (each[0][0], each[0][1].session_id),
    )
    for start in range(0, len(records), RECORDS_AT_ONCE):
        yield dict(records[start : start + RECORDS_AT_ONCE])
    for (uid, change), marked_at in changed.items():
        if change.kind == "subtree":
            async for part, unreadable in _subtree(store, uid, change):
                yield dict.fromkeys(part, marked_at)
                if unreadable:
                    refused[uid, change] = (marked_at, str(unreadable[0]))


async def _subtree(
    store: Store, uid: str, change: Change
) -> AsyncIterator[tuple[list[Changed], list[Unreadable]]]:
    """A session, then its turns page by page.

    Its mark stays until all of them are acknowledged. If the exporter is killed half way, it starts again.
    """
    yield [(uid, change.model_copy(update={"kind": "session"}))], []
    after = conversation_key(uid, change.session_id, BEFORE_IDS)
    last = conversation_key(uid, change.session_id, AFTER_IDS)
    while turns := await store.scan(Conversation, after, RECORDS_AT_ONCE, until=last):
        yield (
            [
                (
                    uid,
                    Change(
                        kind="conversation",
                        session_id=change.session_id,
                        conversation_id=key.id,
                        at=turn.timestamp,
                        forget=change.forget,
                    ),
                )
                for key, turn in turns
                if not isinstance(turn, Unreadable)
            ],
            [turn for _, turn in turns if isinstance(turn, Unreadable)],
        )
        after = turns[-1][0]


async def read(store: Store, changed: Mapping[Changed, int]) -> Read:
    """Read the records' current state, in one request unless some must be read again.

    The rows are made in a thread because normalising a long text takes a tenth of a second.
    """
    began = asyncio.get_running_loop().time()
    exported_at = time.time_ns() // 1000
    keys = dict.fromkeys(key for uid, change in changed for key in row_mapping.keys(uid, change))
    found = await store.get(list(keys))
    for look in (row_mapping.missed, row_mapping.doubtful):
        again: dict[Key[Record], None] = {}
        for uid, change in changed:
            with suppress(Unreadable):
                again |= dict.fromkeys(look(uid, change, found))
        if again:
            newer = await store.get(list(again))
            found = Snapshot([(key, (newer if key in again else found).entry(key)) for key in keys])

    def rows() -> Read:
        made: dict[Changed, Row] = {}
        unreadable: dict[Changed, str] = {}
        for (uid, change), marked_at in changed.items():
            try:
                row = row_mapping.row(uid, change, marked_at, found, exported_at)
            except Unreadable as error:
                unreadable[uid, change] = str(error)
            else:
                if row:
                    made[uid, change] = row
        size = sum(map(row_mapping.text_size, made.values()))
        return Read(made, unreadable, changed, size, began)

    return await asyncio.to_thread(rows)
