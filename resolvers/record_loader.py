"""The reads of one request, batched and cached."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from stores.keys import Key
from stores.ports import Snapshot
from stores.records import Record

Get: TypeAlias = Callable[[Sequence[Key[Record]]], Awaitable[Snapshot]]
"""Reads records in one batch, as `Store.get` does."""


class RecordLoader:
    """Reads records through `get`: all records requested in one round of the event loop in one batch, and
    each record only once. Never shared between requests.

    Strawberry's DataLoader does the same with a future for each key and several tasks for each batch, which
    took a sixth of the time of a short list.
    """

    def __init__(self, get: Get) -> None:
        self._get = get
        self._reads = _Reads()

    def expect(self, keys: Sequence[Key[Record]]) -> None:
        """Begin to read records that `load` will soon be asked for, which raises what goes wrong."""
        self._begin(self._reads, keys)

    async def load(self, keys: Sequence[Key[Record]]) -> Snapshot:
        """The records at these keys, among others; raises what `get` raises."""
        reads = self._reads
        for batch in self._begin(reads, keys):
            try:
                await batch.end()
            except asyncio.CancelledError:
                if batch.abandoned:
                    # At once: the next caller must not wait for this batch.
                    reads.forget(batch)
                    batch.cancel()
                raise
        return reads.found

    def clear(self) -> None:
        """Read all records again from now on, because something was written."""
        self._reads = _Reads()

    def _begin(self, reads: "_Reads", keys: Sequence[Key[Record]]) -> Sequence["_Batch"]:
        """The batches that read those of these records that have not been read, all of them begun."""
        batches: list[_Batch] = []
        for key in keys:
            batch = reads.batches.get(key)
            if batch is None:
                batch = reads.next
                if batch is None:
                    batch = reads.next = _Batch()
                    batch.task = asyncio.get_running_loop().create_task(self._read(reads, batch))
                batch.keys.append(key)
                reads.batches[key] = batch
            if not batch.ended and batch not in batches:
                batches.append(batch)
        return batches

    async def _read(self, reads: "_Reads", batch: "_Batch") -> None:
        if reads.next is batch:
            reads.next = None
        try:
            reads.found.add(await self._get(batch.keys))
        except BaseException as error:
            reads.forget(batch)
            batch.tell(error)
        else:
            batch.tell(None)


class _Reads:
    """The records read since the last write, and the batches that read them."""

    def __init__(self) -> None:
        self.found = Snapshot()
        self.batches: dict[Key[Record], _Batch] = {}
        self.next: _Batch | None = None
        """The batch that records can still be added to."""

    def forget(self, batch: "_Batch") -> None:
        """Let the keys of a batch that failed or ends early be read again."""
        for key in batch.keys:
            if self.batches.get(key) is batch:
                del self.batches[key]
        if self.next is batch:
            self.next = None


class _Batch:
    """Records that are read together, and the callers that wait for them."""

    def __init__(self) -> None:
        self.keys: list[Key[Record]] = []
        self.task: asyncio.Task[None] | None = None
        self.ended = False
        self._waiting: list[asyncio.Future[None]] = []
        self._error: BaseException | None = None

    def end(self) -> "asyncio.Future[None]":
        """Wait for the records; raises what went wrong. Callers can be cancelled separately."""
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        if self.ended:
            self.tell(self._error)
        return waiting

    @property
    def abandoned(self) -> bool:
        """Whether no caller waits any more."""
        return all(each.cancelled() for each in self._waiting)

    def cancel(self) -> None:
        """Stop reading."""
        if self.task:
            self.task.cancel()

    def tell(self, error: BaseException | None) -> None:
        """Tell the waiting callers that the records are there, or raise `error` in them."""
        self.ended, self._error = True, error
        for waiting in self._waiting:
            if waiting.done():
                continue
            if error is None:
                waiting.set_result(None)
            else:
                waiting.set_exception(error)
