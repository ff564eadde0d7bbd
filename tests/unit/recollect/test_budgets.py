"""How much one caller may use in a minute, and what happens if it uses more."""

import asyncio
import time

import pytest

from recollect.http.budgets import Budgets, OverBudget
from resolvers.deadline import DeadlineExceeded
from tests.issuer import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_what_was_used_too_much_is_waited_for(clock: Clock) -> None:
    budgets = Budgets(0, 600, 0, clock=clock)
    budgets.account("anna").charge(1_000)
    with pytest.raises(OverBudget) as over:
        budgets.account("anna").take()
    assert over.value.seconds == 41
    budgets.account("ben").take()
    clock.now += 41
    budgets.account("anna").take()


def test_nobody_waits_longer_than_two_minutes(clock: Clock) -> None:
    budgets = Budgets(0, 600, 0, clock=clock)
    for _ in range(100):
        budgets.account("anna").charge(1e9)
    with pytest.raises(OverBudget) as over:
        budgets.account("anna").check()
    assert 60 < over.value.seconds <= 121


def test_what_runs_long_counts_however_cheap_it_is(clock: Clock) -> None:
    budgets = Budgets(0, 0, 1, clock=clock)
    account = budgets.account("anna")
    account.take()
    with account.running():
        pass
    with pytest.raises(OverBudget, match="exceed the running time"):
        account.take()


@pytest.mark.parametrize(("cost", "seconds"), [(0, 0), (None, 41)])
def test_what_is_refused_counts_ten_times(clock: Clock, cost: int | None, seconds: int) -> None:
    account = Budgets(0, 600, 0, clock=clock).account("anna")
    with account.running(size=50_000) as run:
        run.cost = cost
    if seconds == 0:
        account.take()
        return
    with pytest.raises(OverBudget) as over:
        account.take()
    assert over.value.seconds >= seconds


def test_a_body_that_never_came_counts_as_time(clock: Clock) -> None:
    account = Budgets(0, 0, 1, clock=clock).account("anna")

    def receive() -> None:
        with account.receiving():
            time.sleep(0.1)
            raise TimeoutError

    with account.receiving():
        pass
    account.take()
    with pytest.raises(TimeoutError):
        receive()
    with pytest.raises(OverBudget, match="exceed the running time"):
        account.take()


def test_without_limits_nothing_is_counted() -> None:
    account = Budgets(0, 0, 0).account("anna")
    for _ in range(10_000):
        account.take()
        account.charge(1e9)


@pytest.mark.parametrize("ended_by", [DeadlineExceeded, asyncio.CancelledError])
def test_who_waited_for_nothing_is_charged_time_alone(
    clock: Clock, ended_by: type[BaseException]
) -> None:
    account = Budgets(0, 50, 0, clock=clock).account("anna")

    def wait() -> None:
        with account.running():
            time.sleep(0.001)  # counted as cost, it would be a hundred units
            raise ended_by

    with pytest.raises(ended_by):
        wait()
    account.take()
