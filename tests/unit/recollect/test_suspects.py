"""A caller whose requests are refused several times in a row is a suspect for a while."""

from recollect.http.suspects import SECONDS, SUSPECT, Suspects
from tests.issuer import Clock


def test_some_refusals_in_a_row_make_a_suspect_and_a_pause_ends_it() -> None:
    clock = Clock()
    suspects = Suspects(clock=clock)
    for _ in range(SUSPECT - 1):
        suspects.refused(b"anna")
        clock.now += SECONDS - 1
    assert b"anna" not in suspects
    suspects.refused(b"anna")
    assert b"anna" in suspects
    assert b"ben" not in suspects
    clock.now += SECONDS
    assert b"anna" not in suspects
    suspects.refused(b"anna")
    assert b"anna" not in suspects


def test_what_is_kept_is_bounded() -> None:
    suspects = Suspects(clock=Clock(), remembered=100)
    for number in range(1_000):
        suspects.refused(str(number).encode())
    assert len(suspects) == 100
