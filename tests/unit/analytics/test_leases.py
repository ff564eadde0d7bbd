"""How ranges are distributed: each has one holder, and each holder that stays gets a fair share."""

from hypothesis import given
from hypothesis import strategies as st

from analytics.mirror.leases import shared

PARTS = 16
WORKERS = st.sampled_from("abcde")
HOLDERS = st.lists(st.none() | WORKERS, min_size=PARTS, max_size=PARTS)


def renew(holders: list[str | None], me: str) -> list[str | None]:
    mine = shared(holders, me)
    return [me if number in mine else holder for number, holder in enumerate(holders)]


@given(HOLDERS, WORKERS)
def test_a_renewal_keeps_what_was_held_and_takes_no_more_than_a_fair_share(
    holders: list[str | None], me: str
) -> None:
    after = renew(holders, me)
    workers = {holder for holder in after if holder}
    share = PARTS // len(workers)
    assert None not in after
    assert all(other == me for mine, other in zip(holders, after, strict=True) if mine == me)
    free = holders.count(None) + holders.count(me)
    assert after.count(me) <= max(free, share)
    for other in workers - {me}:
        assert after.count(other) >= min(share, holders.count(other))


@given(HOLDERS, st.sets(WORKERS, min_size=1))
def test_whoever_stays_ends_with_a_fair_share_and_keeps_it(
    holders: list[str | None], staying: set[str]
) -> None:
    now = [holder if holder in staying else None for holder in holders]
    for _ in range(3):
        for me in sorted(staying):
            now = renew(now, me)
    share = PARTS // len(staying)
    assert all(share <= now.count(me) <= share + PARTS % len(staying) for me in staying)
    assert all(renew(now, me) == now for me in staying)
