"""The exporter: turns export marks into rows of the warehouse, then deletes the marks.

If it is killed at any point, or runs twice at once, a row is appended again at worst, and the views
show each record once.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext

from analytics.concurrency import any_set
from analytics.embedding.port import Embedder, EmbedderUnavailable
from analytics.mirror.circuit_breaker import CircuitBreaker
from analytics.mirror.leases import Leases
from analytics.mirror.passes import Around, Pass
from analytics.mirror.progress import Progress
from analytics.mirror.ranges import RANGES, Range
from analytics.unreadable_records import log_unreadable, readable_records
from analytics.warehouse.port import Warehouse, WarehouseError
from stores.errors import StoreError, Unreadable
from stores.keys import Key
from stores.ports import Store
from stores.records import Record

logger = logging.getLogger(__name__)

POLL_SECONDS = 5.0
"""How often it looks for marks if the store does not wake it."""
PROBE_MARKS = 10
"""Marks in the first attempt after repeated failures."""


class Exporter:
    """Mirrors the records named by the store's marks into the warehouse."""

    def __init__(
        self,
        store: Store,
        warehouse: Warehouse,
        progress: Progress | None = None,
        leases: Leases | None = None,
        around: Around = nullcontext,
        embedder: Embedder | None = None,
    ) -> None:
        """Use a store and an initialised warehouse; both stay open. Work is counted in `progress`.
        With `leases`, `run` shares the marks with other exporters. `around` is entered for each page of
        marks. With an `embedder`, turns can be found by meaning."""
        self._store = store
        self._warehouse = warehouse
        self._leases = leases
        self._around = around
        self._embedder = embedder
        self.progress = progress or Progress()
        self._circuit = CircuitBreaker(self.progress)
        self._reported: set[Key[Record]] = set()

    async def drain(self) -> int:
        """Repeat passes over the marks until one finds none. Returns how many marks were exported.

        Raises `StoreUnavailable`, `WarehouseError` and `EmbedderUnavailable`. Unconfirmed records
        keep their marks.
        """
        total = 0
        while found := await self._pass(RANGES, lambda: False):
            total += found
        return total

    async def run(self, stop: asyncio.Event, poll: float = POLL_SECONDS) -> None:
        """Export until `stop` is set. After a pass that found nothing it waits until the store
        reports new marks, but at most `poll` seconds.

        A failure is logged, and the pass is retried after a growing, jittered pause; after several
        failures a small probe comes first. It may be cancelled at any point.
        """
        marked = asyncio.Event()
        async with self._store.watch(None, marked.set), self._sharing() as ranges:
            while not stop.is_set():
                marked.clear()
                try:
                    if self._circuit.is_open:
                        await self._probe()
                    found = await self._pass(ranges(), stop.is_set)
                except (StoreError, WarehouseError, EmbedderUnavailable, OSError) as error:
                    # Temporary errors of the operating system, such as too many open files, pass too.
                    pause = self._circuit.failed(error)
                    logger.warning("The mirror pauses for %.0f s: %s", pause, error)
                    await any_set(pause, stop)
                else:
                    self._circuit.succeeded()
                    if not found:
                        await any_set(poll, stop, marked)

    @asynccontextmanager
    async def _sharing(self) -> AsyncIterator[Callable[[], Sequence[Range]]]:
        """Keep the leases meanwhile. Yields a function that returns the ranges to handle now."""
        if self._leases is None:
            yield lambda: RANGES
            return
        leases = self._leases
        await leases.renew()
        keeping = asyncio.create_task(leases.keep(lambda: not self._circuit.is_open))
        try:
            yield lambda: leases.ranges
        finally:
            keeping.cancel()
            await asyncio.wait([keeping])

    async def _pass(self, ranges: Sequence[Range], stopping: Callable[[], bool]) -> int:
        found = await self._new_pass().over(ranges, stopping)
        self.progress.last_success = time.time()
        return found

    async def _probe(self) -> None:
        """Check with a few marks that both ends work again; raises what they raise."""
        await self._warehouse.ping()
        found = await self._store.scan_marks(None, PROBE_MARKS)
        await self._new_pass().of_page(readable_records(found, self._report_unreadable))

    def _new_pass(self) -> Pass:
        return Pass(
            self._store,
            self._warehouse,
            self.progress,
            self._report_unreadable,
            self._around,
            self._embedder,
        )

    def _report_unreadable(self, mark: Unreadable) -> None:
        """Log once that a mark can't be read. It stays, because nobody knows what it names."""
        if mark.key not in self._reported:
            self._reported.add(mark.key)
            log_unreadable(mark)
