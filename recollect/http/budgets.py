"""How many requests, and how much work and time, one caller may use in a minute."""

import asyncio
import math
import time
from collections.abc import Callable
from typing import NamedTuple

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


class Account(NamedTuple):
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

    def running(self, size: int = 0) -> "Run":
        """Count the time and cost of what runs in the block for a body of `size` bytes."""
        return Run(self, size)

    def receiving(self) -> "Receiving":
        """Count the time spent receiving in the block, unless it succeeds."""
        return Receiving(self)


class Run:
    """One run of an operation, or of a part of it, from the start of a block to its end."""

    __slots__ = ("_account", "_began", "_size", "cost")

    cost: int | None
    """Its estimated cost. None if it was refused before it had one; its time is then charged `REFUSED` times
    over."""

    def __init__(self, account: Account, size: int) -> None:
        self.cost = None
        self._account = account
        self._size = size

    def __enter__(self) -> "Run":
        self._began = time.monotonic()
        return self

    def __exit__(self, kind: type[BaseException] | None, *failure: object) -> None:
        if kind is not None and issubclass(kind, DeadlineExceeded | asyncio.CancelledError):
            self.cost = 0  # it was not refused but waited, and is charged for its running time
        account, seconds = self._account, time.monotonic() - self._began
        if account.seconds is not None:
            account.seconds.spend(account.key, seconds)
        received = self._size / BYTES_PER_UNIT
        if self.cost is None:
            account.charge(REFUSED * (PASSAGE + received + seconds / SECONDS_PER_UNIT))
        else:
            account.charge(received + self.cost)


class Receiving:
    """The arrival of one body, from the start of a block to its end."""

    __slots__ = ("_account", "_began")

    def __init__(self, account: Account) -> None:
        self._account = account

    def __enter__(self) -> None:
        self._began = time.monotonic()

    def __exit__(self, kind: type[BaseException] | None, *failure: object) -> None:
        if kind is not None and self._account.seconds is not None:
            spent = REFUSED * (time.monotonic() - self._began)
            self._account.seconds.spend(self._account.key, spent)
