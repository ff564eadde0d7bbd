"""Metrics about the outcome of mails, from the figures that every run writes to the store."""

import asyncio
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from resolvers.notifications.figures import mail_figures
from stores.errors import StoreError
from stores.ports import Store

PATIENCE_SECONDS = 5.0
"""How long a scrape waits for the store."""
OUTCOMES = ("sent", "refused", "withdrawn", "waiting", "doubtful")


class MailCollector(Collector):
    """Reads the figures whenever metrics are scraped, in a thread other than the event loop's. While the
    store can't be read, there are none."""

    def __init__(self, store: Store) -> None:
        """Create it in the event loop in which `store` is used."""
        self._store = store
        self._loop = asyncio.get_running_loop()

    def describe(self) -> Iterator[Metric]:
        """Nothing: registering it must not read the store."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """The metrics as they are now."""
        reading = asyncio.run_coroutine_threadsafe(mail_figures(self._store), self._loop)
        try:
            figures = reading.result(PATIENCE_SECONDS)
        except (StoreError, TimeoutError):
            reading.cancel()
            return
        mails = CounterMetricFamily(
            "recollect_mails",
            "Mails by what became of them; waiting and doubtful ones are counted at each attempt.",
            labels=("outcome",),
        )
        for outcome in OUTCOMES:
            mails.add_metric((outcome,), getattr(figures, outcome))
        yield mails
        yield GaugeMetricFamily(
            "recollect_mail_last_run_timestamp_seconds",
            "When a run over all due mails last ended, in seconds since 1970; 0 for never.",
            figures.last_run_at / 1_000_000,
        )
        yield GaugeMetricFamily(
            "recollect_mail_server_problem",
            "1 if the last run ended early because the mail server could not be reached or took no mail.",
            bool(figures.problem),
        )
