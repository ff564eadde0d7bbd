"""What one caller may use of a process in a minute: requests, work, and time."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from recollect.http.rate_limit import RateLimiter

BYTES_PER_UNIT = 500
"""Of a request: receiving and reading them takes about as long as one unit of cost."""
SECONDS_PER_UNIT = 10e-6


class OverBudget(Exception):
    """The caller has used all of a budget; there is some again in `seconds`."""

    def __init__(self, message: str, seconds: float) -> None:
        self.seconds = math.ceil(seconds)
        super().__init__(f"{message} Try again in {self.seconds} s.")


class Budgets:
    """The budgets of all callers of a process, each by its key; 0 is no limit.

    `requests` are counted before they are served. `cost` is what operations cost, and what reading and
    refusing them takes; `seconds` is how long they run. Both are known afterwards, so that the last
    operation may exceed them, and what follows waits for longer.
    """

    def __init__(
        self,
        requests: int,
        cost: int,
        seconds: int,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._requests = RateLimiter(requests, clock=clock) if requests else None
        self._cost = RateLimiter(cost, clock=clock) if cost else None
        self._seconds = RateLimiter(seconds, clock=clock) if seconds else None

    def account(self, key: str) -> "Account":
        """The budgets of one caller."""
        return Account(key, self._requests, self._cost, self._seconds)


@dataclass(frozen=True, slots=True)
class Account:
    """What one caller has left."""

    key: str
    requests: RateLimiter | None = None
    cost: RateLimiter | None = None
    seconds: RateLimiter | None = None

    def take(self) -> None:
        """Count a request; raises `OverBudget` where there is nothing left to serve it with."""
        self.check()
        if self.requests is not None and (wait := self.requests.take(self.key)):
            raise OverBudget("Too many requests.", wait)

    def check(self) -> None:
        """Raise `OverBudget` where there is nothing left to serve anything with."""
        if self.cost is not None and (wait := self.cost.wait(self.key)):
            raise OverBudget("Your requests cost more than you may use in a minute.", wait)
        if self.seconds is not None and (wait := self.seconds.wait(self.key)):
            raise OverBudget("Your requests ran for longer than they may in a minute.", wait)

    def charge(self, cost: float) -> None:
        """Count work that was done, in units of cost."""
        if self.cost is not None:
            self.cost.spend(self.key, cost)

    @contextmanager
    def running(self) -> Iterator["Run"]:
        """Count an operation that runs in the block: how long, and at what cost."""
        began, run = time.monotonic(), Run()
        try:
            yield run
        finally:
            seconds = time.monotonic() - began
            if self.seconds is not None:
                self.seconds.spend(self.key, seconds)
            self.charge(seconds / SECONDS_PER_UNIT if run.cost is None else run.cost)


@dataclass(slots=True)
class Run:
    """One run of an operation."""

    cost: int | None = None
    """Its estimated cost; None where it was refused before there was one: then its time counts."""
