"""Metrics about the mirror and about this process's exporter."""

import asyncio
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from analytics.mirror.progress import Progress
from recollect.mirror_lag import COUNTED, Mirror
from stores.errors import StoreError

PATIENCE_SECONDS = 5.0
"""Seconds that a scrape waits for the store."""


class MirrorCollector(Collector):
    """Reads the mirror's state whenever metrics are scraped, in a thread other than the event loop's.

    While the store can't be read, there is no lag metric, so alert on its absence too. Without `progress`,
    the process has no exporter.
    """

    def __init__(self, mirror: Mirror, progress: Progress | None) -> None:
        """Create it in the event loop in which `mirror` is used."""
        self._mirror = mirror
        self._progress = progress
        self._loop = asyncio.get_running_loop()

    def describe(self) -> Iterator[Metric]:
        """Nothing: registering it must not read the store."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """The current metrics."""
        yield from self._waiting()
        if self._progress is not None:
            yield from _done(self._progress)

    def _waiting(self) -> Iterator[Metric]:
        reading = asyncio.run_coroutine_threadsafe(self._mirror.state(), self._loop)
        try:
            state = reading.result(PATIENCE_SECONDS)
        except (StoreError, TimeoutError):
            reading.cancel()
            return
        yield GaugeMetricFamily(
            "recollect_mirror_lag_seconds",
            "Age of the oldest change that is not mirrored yet.",
            state.lag,
        )
        yield GaugeMetricFamily(
            "recollect_mirror_pending_marks",
            f"Commits that wait to be mirrored, counted up to {COUNTED}.",
            state.pending,
        )
        yield GaugeMetricFamily(
            "recollect_mirror_dead_letters",
            f"Records that the warehouse refused and that were set aside, counted up to {COUNTED}.",
            state.dead_letters,
        )


def _done(progress: Progress) -> Iterator[Metric]:
    for name, text, value in (
        ("marks", "Commits mirrored.", progress.marks),
        ("rows", "Rows that the warehouse acknowledged.", progress.rows),
        ("bytes", "Bytes of text in these rows.", progress.bytes),
        ("retries", "Failures after which the exporter tried again.", progress.retries),
    ):
        yield CounterMetricFamily(f"recollect_exporter_{name}", text, value)
    yield GaugeMetricFamily(
        "recollect_exporter_last_success_timestamp_seconds",
        "When a pass over all waiting changes last ended, in seconds since 1970; 0 for never.",
        progress.last_success or 0,
    )
    yield GaugeMetricFamily(
        "recollect_exporter_circuit_open",
        "1 while the exporter only probes, after repeated failures.",
        progress.circuit == "open",
    )
