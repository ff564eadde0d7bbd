"""How many requests, and how much work and time, one caller may use in a minute."""

import asyncio
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from recollect.http.rate_limit import RateLimiter
from resolvers.deadline import DeadlineExceeded

BYTES_PER_UNIT = 500
"""Receiving and reading this many bytes takes about as long as one unit of cost."""
SECONDS_PER_UNIT = 10e-6
PASSAGE = 200
"""The cost, in units, of passing any request through the process."""
REFUSED = 10
"""How many times over the work for a refused request is charged: that work is useless, and well-meaning
callers cause little of it."""


class OverBudget(Exception):
    """The caller has to wait for `seconds`, for the reason that `why` says."""

    def __init__(self, why: str, seconds: float) -> None:
        self.why = why
        self.seconds = math.ceil(seconds)
        super().__init__(f"{why} Try again in {self.seconds} s.")


class Budgets:
    """The budgets of all callers of a process, by their keys; 0 means no limit.

    `requests` are counted before they are served. `cost` covers operations and the work of reading and
    refusing requests; `seconds` is how long operations run. Both are only known afterwards, so the last
    operation may exceed the budget, and later ones wait longer.
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
    """One caller's budgets."""

    key: str
    requests: RateLimiter | None = None
    cost: RateLimiter | None = None
    seconds: RateLimiter | None = None

    def take(self) -> None:
        """Count a request; raises `OverBudget` if a budget is used up."""
        self.check()
        if self.requests is not None and (wait := self.requests.take(self.key)):
            raise OverBudget("Too many requests.", wait)

    def check(self) -> None:
        """Raise `OverBudget` if the cost or time budget is used up."""
        if self.cost is not None and (wait := self.cost.wait(self.key)):
            raise OverBudget("Your requests exceed the cost that you may use in a minute.", wait)
        if self.seconds is not None and (wait := self.seconds.wait(self.key)):
            raise OverBudget(
                "Your requests exceed the running time that you may use in a minute.", wait
            )

    def charge(self, cost: float) -> None:
        """Count work done, in units of cost."""
        if self.cost is not None:
            self.cost.spend(self.key, cost)

    @contextmanager
    def running(self, size: int = 0) -> Iterator["Run"]:
        """Count the time and cost of what runs in the block for a body of `size` bytes."""
        began, run = time.monotonic(), Run()
        try:
            yield run
        except (DeadlineExceeded, asyncio.CancelledError):
            run.cost = 0  # it was not refused but waited, and is charged for its running time
            raise
        finally:
            seconds = time.monotonic() - began
            if self.seconds is not None:
                self.seconds.spend(self.key, seconds)
            received = size / BYTES_PER_UNIT
            if run.cost is None:
                self.charge(REFUSED * (PASSAGE + received + seconds / SECONDS_PER_UNIT))
            else:
                self.charge(received + run.cost)

    @contextmanager
    def receiving(self) -> Iterator[None]:
        """Count the time spent receiving in the block, unless it succeeds."""
        began = time.monotonic()
        try:
            yield
        except BaseException:
            if self.seconds is not None:
                self.seconds.spend(self.key, REFUSED * (time.monotonic() - began))
            raise


@dataclass(slots=True)
class Run:
    """One run of an operation, or of a part of it."""

    cost: int | None = None
    """Its estimated cost. None if it was refused before it had one; its time is then charged `REFUSED` times
    over."""
