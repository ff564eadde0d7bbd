"""One pass over the export marks. It works on several pages at once: while one is read from the
store, another is turned into rows, appended or deleted.

A mark is deleted only after the warehouse has acknowledged, for each record it names that is mirrored at all,
a version at least as new as the mark. If text is to be forgotten, earlier versions must have been removed
too. Removal waits until everything read before is appended: otherwise an earlier version would restore the
text.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, aclosing, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeAlias

from analytics.concurrency import Budget, together
from analytics.embedding.port import Embedder
from analytics.mirror import current_records
from analytics.mirror.appending import append_rows
from analytics.mirror.current_records import Changed
from analytics.mirror.dead_letters import DeadLetters
from analytics.mirror.embeddings import embedded
from analytics.mirror.progress import Progress
from analytics.mirror.ranges import Range, sweep
from analytics.mirror.superseded_rows import forget
from analytics.unreadable_records import OnUnreadable, log_unreadable
from analytics.warehouse.port import LONGEST_APPEND, Warehouse, WarehouseUnavailable
from stores.mirror_records import ExportMark
from stores.ports import Store

MARKS_AT_ONCE = 400
"""Marks per page. They are deleted in one commit."""
PAGES_AT_ONCE = 4
APPEND_BYTES = 1_500_000
"""Rows are appended as soon as they have this much text."""
APPEND_SECONDS = 5.0
"""Rows are appended at this age even if they have less: rows that get too old are dropped."""
APPENDS_AT_ONCE = 4
RECORD_BYTES = 1_000_000
"""Upper bound of a record's size."""
MEMORY_BYTES = 4 * current_records.RECORDS_AT_ONCE * RECORD_BYTES
"""Limit for records being read (each counted as `RECORD_BYTES`) plus the text of unacknowledged rows."""
FORGET_AT_ONCE = 5000
"""How many records may wait for their earlier versions to be removed."""


Around: TypeAlias = Callable[[Sequence[ExportMark]], AbstractContextManager[object]]
"""A context entered while some marks are exported, such as a trace's span."""


class Pass:
    """One pass. Create a new object for the next."""

    def __init__(
        self,
        store: Store,
        warehouse: Warehouse,
        progress: Progress,
        on_unreadable: OnUnreadable = log_unreadable,
        around: Around = nullcontext,
        embedder: Embedder | None = None,
    ) -> None:
        """Work is counted in `progress`, which other exporters may share. `on_unreadable` is called with
        marks that can't be read; they stay. `around` is entered for each page of marks. Rows get vectors
        from `embedder`, if there is one."""
        self._store = store
        self._warehouse = warehouse
        self._progress = progress
        self._on_unreadable = on_unreadable
        self._around = around
        self._embedder = embedder
        self._marks = 0
        self._memory = Budget(MEMORY_BYTES)
        self._appends = asyncio.Semaphore(APPENDS_AT_ONCE)
        self._letters = DeadLetters(store)
        self._forgetting: list[_Page] = []
        """Pages that are mirrored, except that earlier versions must still be removed."""

    async def over(self, ranges: Sequence[Range], stopping: Callable[[], bool]) -> int:
        """Export every mark of some ranges once, or stop early if `stopping` returns true. Returns how many.

        Raises `StoreUnavailable`, `WarehouseError` and `EmbedderUnavailable`; unconfirmed records keep their
        marks.
        """
        async with aclosing(
            sweep(self._store, ranges, MARKS_AT_ONCE, self._on_unreadable)
        ) as pages:
            more = True
            while more:
                more = await self._some(pages, stopping)
                await self._forget()
        return self._marks

    async def of_page(self, marks: Sequence[ExportMark]) -> None:
        """Export these marks; see `over`."""
        await self._export(marks)
        await self._forget()

    async def _some(
        self, pages: AsyncIterator[Sequence[ExportMark]], stopping: Callable[[], bool]
    ) -> bool:
        """Export pages, a few at once, until none is left or many earlier versions wait to be
        removed. Returns whether there are more."""
        slots = asyncio.Semaphore(PAGES_AT_ONCE)
        async with together() as exporting:
            async for marks in pages:
                await slots.acquire()
                task = exporting.create_task(self._export(marks))
                task.add_done_callback(lambda _: slots.release())
                if stopping():
                    return False
                if sum(len(page.forgotten) for page in self._forgetting) >= FORGET_AT_ONCE:
                    return True
        return False

    async def _export(self, marks: Sequence[ExportMark]) -> None:
        page = _Page(marks, current_records.latest(marks))
        with self._around(marks):
            async with together() as appending:
                appending.create_task(self._letters.read())
                async for batch in self._batches(page):
                    appending.create_task(self._append(batch, page))
            if page.forgotten:
                self._forgetting.append(page)
            else:
                await self._settle(page)

    async def _batches(self, page: "_Page") -> AsyncIterator[Sequence[current_records.Read]]:
        """The records' current state in batches to append, within the memory limit."""
        batch: list[current_records.Read] = []
        async for part in current_records.parts(self._store, page.wanted, page.refused):
            await self._memory.take(len(part) * RECORD_BYTES)
            read = await current_records.read(self._store, part)
            self._memory.give_back(len(part) * RECORD_BYTES - read.size)
            batch.append(read)
            age = asyncio.get_running_loop().time() - batch[0].at
            if sum(each.size for each in batch) >= APPEND_BYTES or age >= APPEND_SECONDS:
                yield batch
                batch = []
        yield batch

    async def _append(self, batch: Sequence[current_records.Read], page: "_Page") -> None:
        """Append rows, unless they were read too long ago: then their marks wait for the next pass."""
        rows = {key: row for part in batch for key, row in part.rows.items()}
        size = sum(part.size for part in batch)
        refused = {key: why for part in batch for key, why in part.unreadable.items()}
        landed = set(rows)
        if rows:
            async with self._appends, _in_time(min(part.at for part in batch)):
                if self._embedder is not None:
                    rows = await embedded(self._embedder, rows)
                unfit = await append_rows(self._warehouse, rows)
            landed -= unfit.keys()
            refused |= unfit
        marked_at = {key: time for part in batch for key, time in part.marked_at.items()}
        page.refused.update({key: (marked_at[key], why) for key, why in refused.items()})
        page.landed += landed
        self._progress.rows += len(landed)
        self._progress.bytes += size
        self._memory.give_back(size)

    async def _forget(self) -> None:
        await forget(self._warehouse, chain(*(page.forgotten for page in self._forgetting)))
        for page in self._forgetting:
            await self._settle(page)
        self._forgetting = []

    async def _settle(self, page: "_Page") -> None:
        await self._letters.settle(page.marks, page.done, page.refused)
        self._marks += len(page.marks)
        self._progress.marks += len(page.marks)
        self._progress.dead_letters = len(self._letters)


@dataclass(slots=True)
class _Page:
    """Marks, and what became of the records they name."""

    marks: Sequence[ExportMark]
    wanted: Mapping[Changed, int]
    """The records they name, with the commit time of the last mark naming each."""
    landed: list[Changed] = field(default_factory=list)
    refused: current_records.Refused = field(default_factory=dict)

    @property
    def done(self) -> list[Changed]:
        """The records that were mirrored, including whole subtrees."""
        trees = [key for key in self.wanted if key[1].kind == "subtree"]
        return [*self.landed, *(key for key in trees if key not in self.refused)]

    @property
    def forgotten(self) -> list[Changed]:
        """Records whose earlier versions must be removed."""
        return [key for key in self.landed if key[1].forget and key[1].kind != "profile"]


@asynccontextmanager
async def _in_time(read_at: float) -> AsyncIterator[None]:
    """Give up if the work is not done `LONGEST_APPEND` seconds after `read_at`, by the event loop's clock."""
    until = read_at + LONGEST_APPEND
    late = WarehouseUnavailable("Rows were read too long ago and will be read again.")
    if asyncio.get_running_loop().time() >= until:
        raise late
    try:
        async with asyncio.timeout_at(until):
            yield
    except TimeoutError:
        raise late from None
