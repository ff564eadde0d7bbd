"""A model of the mirror under many writes: writers, ranges of marks, leases, exporters, pages and appends.

It uses the sizes of the real code. Times of requests to Google are assumptions: emulators say nothing about
them.
"""

import math
import random
from collections import Counter, deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

from analytics.mirror.current_records import RECORDS_AT_ONCE
from analytics.mirror.leases import LEASE_SECONDS
from analytics.mirror.passes import APPEND_BYTES, MARKS_AT_ONCE, PAGES_AT_ONCE
from analytics.mirror.ranges import RANGES

TICK_SECONDS = 0.02
"""Marks written within this time to one range arrive together."""
JITTER = 0.5
"""The sigma of the log-normal factor of each request's time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """The costs of the work: the first three are measured, the others assumed."""

    cpu_of_mark: float
    """Seconds of an exporter's CPU."""
    rows_of_mark: float
    bytes_of_row: float
    scan_seconds: float = 0.02
    get_seconds: float = 0.02
    append_seconds: float = 0.08
    commit_seconds: float = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What is simulated."""

    writes: int
    """Marks written a second, spread evenly over users."""
    exporters: int
    seconds: float = 30
    ranges: int = len(RANGES)
    append_quota: float = 3e9
    """Bytes that may be appended a second: BigQuery's quota of a multi-region."""
    killed_at: float | None = None
    """When one exporter dies without being replaced; its leases run out."""
    seed: int = 0


@dataclass(slots=True)
class Outcome:
    """The result of a simulation."""

    lags: Counter[float] = field(default_factory=Counter)
    """The number of marks by their wait from commit to acknowledged row, in seconds."""
    written: int = 0
    exported: int = 0
    busy: float = 0
    """Seconds of CPU in all."""
    requests: Counter[str] = field(default_factory=Counter)
    appended: float = 0

    def lag(self, part: float) -> float:
        """The nearest-ranked percentile of the lag of what was exported, in seconds."""
        rank = math.ceil(part * self.lags.total())
        for lag in sorted(self.lags):
            rank -= self.lags[lag]
            if rank <= 0:
                return lag
        return math.inf

    @property
    def waiting(self) -> int:
        """Marks that were never exported."""
        return self.written - self.exported


@dataclass(slots=True, eq=False)
class _Exporter:
    ranges: list[int]
    slots: int = PAGES_AT_ONCE
    free_at: float = 0
    """When its CPU will have done all the work it was given."""
    alive: bool = True
    next: int = 0
    """The range whose turn it is."""


Step = Generator[float, None, None]
"""A process: it yields the time until it continues."""
Arrived = tuple[float, int]
"""When marks were written, and how many."""


class Simulation:
    """One run. Everything that happens is an event with a time."""

    def __init__(self, scenario: Scenario, costs: Costs) -> None:
        self.scenario, self.costs, self.outcome = scenario, costs, Outcome()
        self._random = random.Random(scenario.seed)  # noqa: S311
        self._marks: list[deque[Arrived]] = [deque() for _ in range(scenario.ranges)]
        self._events: list[tuple[float, int, Step]] = []
        self._order = count()
        self._now = self._quota_free_at = 0.0
        self._exporters = [_Exporter([]) for _ in range(scenario.exporters)]
        self._share(range(scenario.ranges))

    def run(self) -> Outcome:
        """Simulate until the time is over. Marks still waiting then were not exported."""
        self._start(self._writers())
        for exporter in self._exporters:
            self._start(self._reader(exporter))
        if self.scenario.killed_at is not None:
            self._start(self._killer(self.scenario.killed_at))
        while self._events and self._events[0][0] <= self.scenario.seconds:
            self._now, _, step = heappop(self._events)
            self._go_on(step)
        return self.outcome

    def _start(self, step: Step) -> None:
        heappush(self._events, (self._now, next(self._order), step))

    def _go_on(self, step: Step) -> None:
        for pause in step:
            heappush(self._events, (self._now + pause, next(self._order), step))
            return

    def _share(self, ranges: Sequence[int]) -> None:
        living = [each for each in self._exporters if each.alive]
        for place, number in enumerate(ranges):
            living[place % len(living)].ranges.append(number)

    def _writers(self) -> Step:
        expected = self.scenario.writes * TICK_SECONDS / self.scenario.ranges
        while True:
            for waiting in self._marks:
                if arrived := self._poisson(expected):
                    waiting.append((self._now, arrived))
                    self.outcome.written += arrived
            yield TICK_SECONDS

    def _poisson(self, expected: float) -> int:
        """The number of many independent writers that write, where `expected` of them do on average."""
        if expected > 50:
            return round(self._random.gauss(expected, math.sqrt(expected)))
        found, left = 0, self._random.random()
        while left > math.exp(-expected):
            found += 1
            left *= self._random.random()
        return found

    def _killer(self, at: float) -> Step:
        yield at
        dead = self._exporters[0]
        dead.alive = False
        yield LEASE_SECONDS
        self._share(dead.ranges)

    def _reader(self, exporter: _Exporter) -> Step:
        """Read pages of the ranges in turn, as long as there is room for another."""
        while exporter.alive:
            page = self._page(exporter) if exporter.slots else None
            if page is None:
                yield TICK_SECONDS / 4
                continue
            exporter.slots -= 1
            yield self._request("scan", self.costs.scan_seconds)
            self._start(self._export(exporter, *page))

    def _page(self, exporter: _Exporter) -> tuple[int, list[Arrived]] | None:
        for _ in exporter.ranges:
            exporter.next += 1
            number = exporter.ranges[exporter.next % len(exporter.ranges)]
            taken, room = list[Arrived](), MARKS_AT_ONCE
            waiting = self._marks[number]
            while waiting and room:
                at, marks_there = waiting.popleft()
                part = min(marks_there, room)
                taken.append((at, part))
                room -= part
                if part < marks_there:
                    waiting.appendleft((at, marks_there - part))
            if taken:
                return number, taken
        return None

    def _export(self, exporter: _Exporter, number: int, page: list[Arrived]) -> Step:
        """Read the records, make rows, append them, delete the marks."""
        found = sum(marks_there for _, marks_there in page)
        rows = found * self.costs.rows_of_mark
        for _ in range(math.ceil(rows / RECORDS_AT_ONCE)):
            yield self._request("get", self.costs.get_seconds)
        yield self._cpu(exporter, found * self.costs.cpu_of_mark)
        size = rows * self.costs.bytes_of_row
        for _ in range(math.ceil(size / APPEND_BYTES) - 1):
            self._request("append", 0)
        yield self._append(size)
        acknowledged = self._now
        yield self._request("commit", self.costs.commit_seconds)
        if not exporter.alive:
            # Its marks are still there: whoever takes the range over reads them again.
            self._marks[number].extendleft(reversed(page))
            return
        exporter.slots += 1
        self.outcome.exported += found
        for at, marks_there in page:
            self.outcome.lags[round(acknowledged - at, 2)] += marks_there

    def _request(self, kind: str, seconds: float) -> float:
        self.outcome.requests[kind] += 1
        return seconds * self._random.lognormvariate(0, JITTER)

    def _cpu(self, exporter: _Exporter, seconds: float) -> float:
        """The time until an exporter's one CPU has done this work, after all earlier work."""
        exporter.free_at = max(exporter.free_at, self._now) + seconds
        self.outcome.busy += seconds
        return exporter.free_at - self._now

    def _append(self, size: float) -> float:
        """The time that an append takes, including its wait for the quota."""
        self.outcome.appended += size
        lasts = size / self.scenario.append_quota
        self._quota_free_at = max(self._quota_free_at, self._now) + lasts
        taken = self._request("append", self.costs.append_seconds)
        return self._quota_free_at - self._now + taken
