"""What marks name, each record once, and the rows that it is now."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from analytics import mirror_rows
from analytics.rows import Row
from stores.ports import Snapshot, Store, Window
from stores.records import Change, ExportMark

Changed: TypeAlias = tuple[str, Change]
"""A record that changed: its owner's uid and what the mark says."""

RECORDS_AT_ONCE = 64
"""Changed records of one read: a turn may be 0.9 MB."""


@dataclass(frozen=True, slots=True)
class Read:
    """The rows of one read of the store."""

    rows: Mapping[Changed, Row]
    """What is not mirrored has none."""
    marked_at: Mapping[Changed, int]
    """The commit time of the last mark of each."""
    size: int
    """Bytes of text in the rows."""
    at: float
    """No record was read before this time of the event loop's clock."""


def latest(marks: Sequence[ExportMark]) -> dict[Changed, int]:
    """What the marks name, each once, with the commit time of the last mark that names it.

    What one mark wants forgotten is forgotten, whatever the others say.
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


async def parts(store: Store, changed: Mapping[Changed, int]) -> AsyncIterator[dict[Changed, int]]:
    """Single records that changed, `RECORDS_AT_ONCE` at a time, with the time of their mark.

    Those of one session come together, so that the session is read with few of them.
    """
    records = sorted(
        ((key, time) for key, time in changed.items() if key[1].kind != "subtree"),
        key=lambda each: (each[0][0], each[0][1].session_id),
    )
    for start in range(0, len(records), RECORDS_AT_ONCE):
        yield dict(records[start : start + RECORDS_AT_ONCE])
    for (uid, change), marked_at in changed.items():
        if change.kind == "subtree":
            async for part in _subtree(store, uid, change):
                yield dict.fromkeys(part, marked_at)


async def _subtree(store: Store, uid: str, change: Change) -> AsyncIterator[list[Changed]]:
    """A session, then its turns page by page.

    Its mark stays until all of them are acknowledged: killed half way it is begun again.
    """
    yield [(uid, change.model_copy(update={"kind": "session"}))]
    window = Window(RECORDS_AT_ONCE)
    while turns := await store.list_conversations(uid, change.session_id, window):
        yield [
            (
                uid,
                Change(
                    kind="conversation",
                    session_id=turn.session_id,
                    conversation_id=turn.conversation_id,
                    at=turn.timestamp,
                    forget=change.forget,
                ),
            )
            for turn in turns
        ]
        last = turns[-1]
        window = Window(RECORDS_AT_ONCE, after=(last.timestamp, last.conversation_id))


async def read(store: Store, changed: Mapping[Changed, int]) -> Read:
    """Read the records as they are now, in one request unless some must be looked at again.

    The rows are made in a thread, because normalising a long text takes a tenth of a second.
    """
    began = asyncio.get_running_loop().time()
    exported_at = time.time_ns() // 1000
    keys = dict.fromkeys(key for uid, change in changed for key in mirror_rows.keys(uid, change))
    found = await store.get(list(keys))
    for look in (mirror_rows.missed, mirror_rows.doubtful):
        again = dict.fromkeys(key for uid, change in changed for key in look(uid, change, found))
        if again:
            newer = await store.get(list(again))
            found = Snapshot([(key, (newer if key in again else found).get(key)) for key in keys])

    def rows() -> Read:
        made = {
            (uid, change): row
            for (uid, change), marked_at in changed.items()
            if (row := mirror_rows.row(uid, change, marked_at, found, exported_at))
        }
        return Read(made, changed, sum(map(mirror_rows.text_size, made.values())), began)

    return await asyncio.to_thread(rows)
