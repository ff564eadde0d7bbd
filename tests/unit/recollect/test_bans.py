"""Callers who continue although they were told to wait are banned, and nobody else is."""

import pytest

from recollect.http.bans import FIRST_SECONDS, TOLERATED, Bans, digest
from recollect.http.budgets import OverBudget
from tests.issuer import Clock

ANNA = {"authorization": "Bearer anna's"}
BEN = {"authorization": "Bearer ben's"}
LONGEST = 4 * FIRST_SECONDS


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bans(clock: Clock) -> Bans:
    return Bans(LONGEST, clock=clock)


def over(seconds: float) -> OverBudget:
    return OverBudget("Too many requests.", seconds)


def wait(bans: Bans, headers: dict[str, str]) -> int:
    """How many seconds a request with these headers is told to wait; 0 if it is let in."""
    try:
        if credential := digest(headers):
            bans.check_credential(credential)
    except OverBudget as over:
        return over.seconds
    return 0


def go_on(bans: Bans, headers: dict[str, str] = ANNA) -> int:
    """Send more requests than are tolerated; returns how long the last one is told to wait."""
    return [wait(bans, headers) for _ in range(TOLERATED + 1)][-1]


def test_who_was_told_to_wait_is_known_by_the_credential_until_then(
    bans: Bans, clock: Clock
) -> None:
    assert wait(bans, ANNA) == 0
    bans.tell("anna", over(30), ANNA, bannable=True)
    assert wait(bans, ANNA) == 30
    assert wait(bans, BEN) == 0
    clock.now += 29.5
    assert wait(bans, ANNA) == 1
    clock.now += 0.5
    assert wait(bans, ANNA) == 0


def test_a_user_with_another_credential_is_known_once_it_was_verified(bans: Bans) -> None:
    other = {"authorization": "Bearer anna's second"}
    bans.tell("anna", over(30), ANNA, bannable=True)
    assert wait(bans, other) == 0
    with pytest.raises(OverBudget):
        bans.check("anna", other)
    assert wait(bans, other) == 30


def test_requests_without_a_credential_are_of_nobody(bans: Bans) -> None:
    bans.tell("you", over(30), {}, bannable=True)
    assert wait(bans, {}) == 0
    with pytest.raises(OverBudget):
        bans.check("you", {})


def test_each_ban_is_twice_as_long_up_to_the_longest(bans: Bans, clock: Clock) -> None:
    waits = []
    for _ in range(4):
        bans.tell("anna", over(1), ANNA, bannable=True)
        waits.append(go_on(bans))
        assert go_on(bans) == waits[-1]  # requests during a ban do not prolong it
        clock.now += waits[-1]
        assert wait(bans, ANNA) == 0
    assert waits == [60, 120, 240, 240]


def test_a_ban_is_forgotten_in_the_end(bans: Bans, clock: Clock) -> None:
    bans.tell("anna", over(1), ANNA, bannable=True)
    assert go_on(bans) == FIRST_SECONDS
    clock.now += FIRST_SECONDS + LONGEST
    bans.tell("anna", over(1), ANNA, bannable=True)
    assert go_on(bans) == FIRST_SECONDS


def test_a_few_requests_too_many_ban_nobody(bans: Bans, clock: Clock) -> None:
    for _ in range(10):
        bans.tell("anna", over(10), ANNA, bannable=True)
        assert [wait(bans, ANNA) for _ in range(TOLERATED)] == [10] * TOLERATED
        clock.now += 10
        assert wait(bans, ANNA) == 0


def test_a_ban_does_not_shorten_a_wait(bans: Bans) -> None:
    bans.tell("anna", over(FIRST_SECONDS + 30), ANNA, bannable=True)
    assert go_on(bans) == FIRST_SECONDS + 30


def test_a_guest_who_goes_on_waits_for_the_budget_alone(bans: Bans, clock: Clock) -> None:
    """Neighbours use up the same budget: a guest who tries again is not banned for that."""
    bans.tell("guest", over(10), ANNA, bannable=False)
    assert go_on(bans) == 10
    clock.now += 10
    assert wait(bans, ANNA) == 0


def test_without_a_longest_ban_there_is_none(clock: Clock) -> None:
    bans = Bans(0, clock=clock)
    bans.tell("anna", over(10), ANNA, bannable=True)
    assert go_on(bans) == 10


def test_what_is_kept_is_bounded_and_who_goes_on_is_forgotten_last(clock: Clock) -> None:
    bans = Bans(LONGEST, clock=clock, remembered=100)
    bans.tell("anna", over(1), ANNA, bannable=True)
    assert go_on(bans) == FIRST_SECONDS
    for number in range(1_000):
        bans.tell(f"user-{number}", over(60), {"authorization": f"{number}"}, bannable=True)
        assert wait(bans, ANNA) == FIRST_SECONDS
    assert len(bans) == 200
