"""The state of the mirror, for people, and for scripts that check the exit status."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import httpx
from prometheus_client.parser import text_string_to_metric_families

from recollect.commands.notify import PROBLEMS
from recollect.mirror_lag import COUNTED, mirror_state
from recollect.services import opened_store
from recollect.settings.settings import Settings
from resolvers.notifications.figures import mail_figures
from stores.errors import StoreError

RATE_SECONDS = 1.0
"""The time between the two samples from which a rate is computed."""
PATIENCE_SECONDS = 10.0


@dataclass
class Status:
    """The lines to print, and whether everything works."""

    lines: list[str] = field(default_factory=list)
    healthy: bool = True

    def add(self, line: str, *, healthy: bool = True) -> None:
        """Add a line. `healthy` is false if it reports a problem."""
        self.lines.append(line)
        self.healthy = self.healthy and healthy


async def status(settings: Settings) -> Status:
    """Check the store and, if it can be reached, the exporting process."""
    found = Status()
    await _store(settings, found)
    await _mails(settings, found)
    await _process(settings, found)
    return found


async def _store(settings: Settings, found: Status) -> None:
    try:
        async with opened_store(settings) as store, asyncio.timeout(PATIENCE_SECONDS):
            state = await mirror_state(store)
    except (StoreError, TimeoutError) as error:
        found.add(f"store: unavailable ({type(error).__name__})", healthy=False)
        return
    found.add(f"lag: {state.lag:.1f} s", healthy=not state.degraded)
    found.add(f"pending: {_counted(state.pending)}")
    found.add(f"dead letters: {_counted(state.dead_letters)}", healthy=not state.dead_letters)


async def _mails(settings: Settings, found: Status) -> None:
    if settings.mails == "none":
        found.add("mails: none are sent (RECOLLECT_SMTP_HOST is not set)")
        return
    try:
        async with opened_store(settings) as store, asyncio.timeout(PATIENCE_SECONDS):
            figures = await mail_figures(store)
    except (StoreError, TimeoutError):
        return  # Already reported.
    # A run as if at a later time (`notify --at`) did not really happen then.
    ago = max(0.0, time.time() - figures.last_run_at / 1_000_000)
    ran = f"last run {ago:.0f} s ago" if figures.last_run_at else "no run yet"
    found.add(f"mails: by {settings.mails}, {ran}, {figures.sent} sent, {figures.refused} refused")
    if figures.problem:
        since = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(figures.problem_since // 1_000_000))
        found.add(f"mail server: {PROBLEMS[figures.problem]} since {since}", healthy=False)


def _counted(count: int) -> str:
    return f"{count} or more" if count == COUNTED else str(count)


async def _process(settings: Settings, found: Status) -> None:
    answered = False
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as http:
        for url in _places(settings):
            with suppress(httpx.HTTPError):
                before = await _samples(http, url)
                answered = True
                if "recollect_exporter_rows_total" not in before:
                    continue
                await asyncio.sleep(RATE_SECONDS)
                _tell(found, url, before, await _samples(http, url))
                return
    # If metrics are configured, no response means that the process is not running.
    found.add("exporter: no response", healthy=answered or settings.metrics_port is None)


def _places(settings: Settings) -> Iterator[str]:
    """The URLs at which metrics may be served."""
    if settings.metrics_port is not None:
        yield f"http://{settings.metrics_host}:{settings.metrics_port}/metrics"
    if settings.identity == "dev":
        yield f"{settings.reachable_at}/metrics"


async def _samples(http: httpx.AsyncClient, url: str) -> dict[str, float]:
    answer = await http.get(url)
    answer.raise_for_status()
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if not sample.labels
    }


def _tell(found: Status, url: str, before: dict[str, float], now: dict[str, float]) -> None:
    def of(name: str) -> float:
        return now[f"recollect_exporter_{name}"]

    success = of("last_success_timestamp_seconds")
    ago = f"{max(0.0, time.time() - success):.0f} s ago" if success else "never"
    rate = (of("rows_total") - before["recollect_exporter_rows_total"]) / RATE_SECONDS
    open_circuit = bool(of("circuit_open"))
    found.add(f"exporter: at {url}")
    found.add(f"last success: {ago}", healthy=bool(success))
    found.add(f"rate: {rate:.0f} rows/s, {of('rows_total'):.0f} in all")
    found.add(f"retries: {of('retries_total'):.0f}")
    found.add(f"circuit: {'open' if open_circuit else 'closed'}", healthy=not open_circuit)
