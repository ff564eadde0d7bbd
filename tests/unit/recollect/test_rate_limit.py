import pytest

from recollect.http.rate_limit import RateLimiter, network
from tests.issuer import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


def taken(limiter: RateLimiter, key: str, times: int) -> int:
    return sum(limiter.take(key) == 0 for _ in range(times))


def test_a_key_is_let_through_as_often_as_the_limit_says(clock: Clock) -> None:
    limiter = RateLimiter(60, clock=clock)
    assert taken(limiter, "anna", 100) == 60
    assert taken(limiter, "ben", 1) == 1


def test_the_wait_is_the_time_until_the_next_is_let_through(clock: Clock) -> None:
    limiter = RateLimiter(6, clock=clock)
    assert taken(limiter, "anna", 7) == 6
    assert limiter.take("anna") == pytest.approx(10)
    clock.now += 9.9
    assert limiter.take("anna") == pytest.approx(0.1)
    clock.now += 0.1 + 1e-9
    assert limiter.take("anna") == 0
    assert limiter.take("anna") == pytest.approx(10)


def test_a_pause_earns_no_more_than_the_limit(clock: Clock) -> None:
    limiter = RateLimiter(5, clock=clock)
    assert taken(limiter, "anna", 5) == 5
    clock.now += 86_400
    assert taken(limiter, "anna", 50) == 5


def test_a_steady_caller_gets_the_limit_in_every_minute(clock: Clock) -> None:
    limiter = RateLimiter(30, clock=clock)
    taken(limiter, "anna", 30)
    passed = 0
    for _ in range(600):
        clock.now += 0.1
        passed += limiter.take("anna") == 0
    assert passed == pytest.approx(30, abs=1)


def test_memory_is_bounded_and_the_latest_callers_are_remembered(clock: Clock) -> None:
    limiter = RateLimiter(1, clock=clock, remembered=100)
    for number in range(1_000):
        limiter.take(f"key-{number}")
    assert len(limiter) == 100
    assert limiter.take("key-999") > 0
    assert limiter.take("key-1") == 0


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:0:1:2:3:4:5", "2001:db8:0:1::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_callers_of_one_network_count_as_one(host: str, expected: str) -> None:
    assert network(host) == expected
