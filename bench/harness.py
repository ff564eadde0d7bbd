"""Times a subject and its reference alternately, so that whatever slows one down slows the other down too."""

import math
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeAlias

Work: TypeAlias = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Timing:
    """How long one side takes, in milliseconds."""

    median: float
    p95: float
    p99: float
    per_second: float | None = None
    """How many were done per second, if several are under way at once."""
    peak_mb: float | None = None
    """The process's peak memory so far, if that counts."""

    @classmethod
    def of(
        cls,
        seconds: Sequence[float],
        *,
        per_second: float | None = None,
        peak_mb: float | None = None,
    ) -> "Timing":
        """The timing of repetitions; percentiles are the nearest rank."""
        ranked = sorted(seconds)
        p95, p99 = (ranked[math.ceil(part * len(ranked)) - 1] for part in (0.95, 0.99))
        return cls(median(ranked) * 1000, p95 * 1000, p99 * 1000, per_second, peak_mb)


@dataclass(frozen=True, slots=True)
class Figure:
    """A subject beside its reference, measured in the same minutes of the same process."""

    name: str
    against: str
    subject: Timing
    reference: Timing
    repetitions: int
    rows: int | None = None
    """How many rows one repetition handles, if that is what counts."""
    ratios: Sequence[float] = ()
    """The ratio of each pair of runs, if they were compared by pairs."""

    @property
    def ratio(self) -> float:
        """How many times as long as its reference the subject takes: the median of the pairs, if there are
        any. A machine whose speed changes from second to second changes both sides of a pair."""
        return median(self.ratios) if self.ratios else self.subject.median / self.reference.median


async def compare(
    name: str,
    subject: Work,
    against: str,
    reference: Work,
    *,
    repetitions: int,
    warm_up: int = 3,
    before: Work | None = None,
    rows: int | None = None,
) -> Figure:
    """Run both sides `warm_up` times unmeasured, then `repetitions` times, taking turns at going
    first. `before` prepares each pair of runs, unmeasured."""
    sides: list[tuple[Work, list[float]]] = [(subject, []), (reference, [])]
    for repetition in range(-warm_up, repetitions):
        if before is not None:
            await before()
        for work, seconds in sides if repetition % 2 else reversed(sides):
            start = time.perf_counter()
            await work()
            taken = time.perf_counter() - start
            if repetition >= 0:
                seconds.append(taken)
    return Figure(
        name=name,
        against=against,
        subject=Timing.of(sides[0][1]),
        reference=Timing.of(sides[1][1]),
        repetitions=repetitions,
        rows=rows,
    )
