"""The faults of a run, and their times, drawn from a seed."""

from dataclasses import dataclass
from random import Random
from typing import Literal, TypeAlias

from tests.faults.proxies import FAULTS

Action: TypeAlias = Literal["kill", "freeze", "conditions", "cut", "restart"]
WORKERS = 2
PLACES = ("firestore", "append", "rest")
"""The places with faults: Firestore, the Storage Write API, BigQuery's REST API."""


@dataclass(frozen=True)
class Event:
    """One fault; `at` and `lasts` count the steps of the writers."""

    at: int
    action: Action
    target: str
    lasts: int = 0
    fault: str = ""
    share: float = 0.0


@dataclass(frozen=True)
class Schedule:
    """All faults of one run."""

    seed: int
    skew: float
    """Seconds by which the clock of the second worker is wrong."""
    events: tuple[Event, ...]

    def __str__(self) -> str:
        lines = [f"seed {self.seed}, clock of worker 1 wrong by {self.skew:.3f} s"]
        return "\n  ".join([*lines, *map(str, self.events)])


def drawn(seed: int, steps: int) -> Schedule:
    """The faults within `steps` of the writers; the same for the same seed.

    Every run has a kill, a freeze and several kinds of network faults; every third, a restart of BigQuery.
    """
    rnd = Random(seed)  # noqa: S311

    def part(least: float, most: float) -> int:
        return round(rnd.uniform(least, most) * steps)

    def moment() -> int:
        return part(0.05, 0.9)

    def worker() -> str:
        return str(rnd.randrange(WORKERS))

    events = [Event(moment(), "kill", worker()) for _ in range(rnd.randint(1, 2))]
    events += [
        Event(moment(), "freeze", worker(), lasts=part(0.2, 0.4)) for _ in range(rnd.randint(1, 2))
    ]
    events += [
        Event(
            moment(),
            "conditions",
            rnd.choice(PLACES),
            lasts=part(0.1, 0.3),
            fault=rnd.choice(FAULTS),
            share=rnd.choice((0.1, 0.3, 0.6, 1.0)),
        )
        for _ in range(rnd.randint(5, 8))
    ]
    events += [Event(moment(), "cut", rnd.choice(PLACES)) for _ in range(rnd.randint(1, 3))]
    if seed % 3 == 0:
        events.append(Event(part(0.1, 0.3), "restart", "bigquery"))
    skew = rnd.choice((-1, 1)) * rnd.choice((0.5, 7.0, 3600.0, 86400.0))
    return Schedule(seed, skew, tuple(sorted(events, key=lambda event: event.at)))
