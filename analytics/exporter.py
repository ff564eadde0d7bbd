"""The exporter: turns export marks into rows of the warehouse, then deletes the marks.

A mark is deleted only after the warehouse acknowledged a version of each record it names, at least
as new as the mark, except of what is not mirrored at all, and removed the versions before it where
text is to be forgotten. Killed anywhere, or run twice at once, it appends a row again at worst, and
the views show each record once.
"""

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from typing import TypeAlias

from analytics import mirror_rows
from analytics.forget import forget
from analytics.ports import Warehouse, WarehouseError
from analytics.rows import Row
from stores.keys import Key, mark_key
from stores.ports import Delete, Store, StoreUnavailable, Window
from stores.records import Change, ExportMark

logger = logging.getLogger(__name__)

MARKS_AT_ONCE = 300
"""Marks of one page; they are deleted in one commit."""
RECORDS_AT_ONCE = 16
"""Changed records of one read: a turn may be 0.9 MB, so about 16 MB at most."""
APPEND_CHARACTERS = 2_000_000
"""Rows are appended as soon as they hold this much text."""
LONGEST_PAUSE = 60.0
"""Seconds between attempts while the store or the warehouse fails."""

_Changed: TypeAlias = tuple[str, Change]


class Exporter:
    """Mirrors what the store's marks name into the warehouse."""

    def __init__(self, store: Store, warehouse: Warehouse) -> None:
        """Use a store and an initialised warehouse; both stay open."""
        self._store = store
        self._warehouse = warehouse

    async def drain(self) -> int:
        """Make pass after pass over the marks until one finds none; returns how many were exported.

        Raises `StoreUnavailable` and `WarehouseError`; what was not confirmed keeps its mark.
        """
        total = 0
        while found := sum([count async for count in self._pass()]):
            total += found
        return total

    async def run(self, stop: asyncio.Event, idle: float) -> None:
        """Export until `stop` is set, pausing `idle` seconds after a pass that found nothing.

        A failure is logged and tried again after a growing, jittered pause. It may also be
        cancelled anywhere.
        """
        failures = 0
        while not stop.is_set():
            found, pause = 0, idle
            try:
                async for count in self._pass():
                    found += count
                    failures = 0
                    if stop.is_set():
                        return
            except (StoreUnavailable, WarehouseError) as error:
                failures += 1
                pause = random.uniform(0.5, 1) * min(LONGEST_PAUSE, 2.0**failures)  # noqa: S311
                logger.warning("The mirror pauses %.0f s: %s", pause, error)
            else:
                if found:
                    continue
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)

    async def _pass(self) -> AsyncIterator[int]:
        """Export every mark once, in the order of their paths; yields the size of each page."""
        after: Key[ExportMark] | None = None
        while marks := await self._store.scan_marks(after, MARKS_AT_ONCE):
            await self._export(marks)
            yield len(marks)
            after = mark_key(marks[-1].uid, marks[-1].mark_id)

    async def _export(self, marks: Sequence[ExportMark]) -> None:
        rows: list[Row] = []
        forgotten: list[_Changed] = []
        async for changed in self._parts(_latest_marks(marks)):
            read = await self._read(changed)
            rows += read.values()
            forgotten += [key for key in read if key[1].forget and key[1].kind != "profile"]
            if sum(map(mirror_rows.text_size, rows)) >= APPEND_CHARACTERS:
                await self._warehouse.append(rows)
                rows = []
        await self._warehouse.append(rows)
        await forget(self._warehouse, forgotten)
        await self._store.commit([Delete(mark_key(mark.uid, mark.mark_id)) for mark in marks])

    async def _parts(self, changed: Mapping[_Changed, int]) -> AsyncIterator[dict[_Changed, int]]:
        """Single records that changed, `RECORDS_AT_ONCE` at a time, with the time of their mark."""
        records = [(key, time) for key, time in changed.items() if key[1].kind != "subtree"]
        for start in range(0, len(records), RECORDS_AT_ONCE):
            yield dict(records[start : start + RECORDS_AT_ONCE])
        for (uid, change), marked_at in changed.items():
            if change.kind == "subtree":
                async for part in self._subtree(uid, change):
                    yield dict.fromkeys(part, marked_at)

    async def _subtree(self, uid: str, change: Change) -> AsyncIterator[list[_Changed]]:
        """A session, then its turns page by page.

        Its mark stays until all of them are acknowledged: killed half way it is begun again.
        """
        yield [(uid, change.model_copy(update={"kind": "session"}))]
        window = Window(RECORDS_AT_ONCE)
        while turns := await self._store.list_conversations(uid, change.session_id, window):
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

    async def _read(self, changed: Mapping[_Changed, int]) -> dict[_Changed, Row]:
        """Read the records as they are now, in one request; what is not mirrored has no row.

        The rows are made in a thread, because normalising a long text takes a tenth of a second.
        """
        keys = dict.fromkeys(
            key for uid, change in changed for key in mirror_rows.keys(uid, change)
        )
        exported_at = time.time_ns() // 1000
        found = await self._store.get(list(keys))
        return await asyncio.to_thread(
            lambda: {
                (uid, change): row
                for (uid, change), marked_at in changed.items()
                if (row := mirror_rows.row(uid, change, marked_at, found, exported_at))
            }
        )


def _latest_marks(marks: Sequence[ExportMark]) -> dict[_Changed, int]:
    """What the marks name, each once, with the commit time of the last mark that names it.

    What one mark wants forgotten is forgotten, whatever the others say.
    """
    latest: dict[_Changed, int] = {}
    forgotten: set[_Changed] = set()
    for mark in marks:
        for change in mark.changes:
            changed = (mark.uid, change.model_copy(update={"forget": False}))
            latest[changed] = max(latest.get(changed, 0), mark.update_time)
            if change.forget:
                forgotten.add(changed)
    return {
        (changed[0], changed[1].model_copy(update={"forget": changed in forgotten})): time
        for changed, time in latest.items()
    }
