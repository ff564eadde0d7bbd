"""Ranges of marks: whatever is merged or split, every place is in exactly one of them."""

from hypothesis import given
from hypothesis import strategies as st

from analytics.mirror.ranges import RANGES, Range, merged, split
from stores.keys import Key, mark_key
from stores.mirror_records import ExportMark

UIDS = st.text("-019aAfz_", min_size=1, max_size=2)
PLACES = st.builds(mark_key, UIDS, st.sampled_from(["-", "m", "z"]))
BOUNDS = st.none() | PLACES
DIGITS = "0123456789abcdef"


def has(each: Range, place: Key[ExportMark]) -> bool:
    after = each.after is None or each.after.path < place.path
    return after and (each.until is None or place.path <= each.until.path)


@given(PLACES)
def test_every_place_is_in_one_range(place: Key[ExportMark]) -> None:
    assert sum(has(each, place) for each in RANGES) == 1


def test_each_first_digit_of_a_uid_has_a_range_of_its_own() -> None:
    found = {digit: [has(each, mark_key(f"{digit}5", "m")) for each in RANGES] for digit in DIGITS}
    assert sorted(row.index(True) for row in found.values()) == list(range(16))


@given(BOUNDS, BOUNDS, PLACES)
def test_the_parts_of_a_range_have_its_places_and_no_others(
    after: Key[ExportMark] | None, until: Key[ExportMark] | None, place: Key[ExportMark]
) -> None:
    whole = Range(after, until)
    assert sum(has(part, place) for part in split(whole)) == has(whole, place)


@given(st.sets(st.integers(0, len(RANGES) - 1)), PLACES)
def test_merged_ranges_have_the_same_places(chosen: set[int], place: Key[ExportMark]) -> None:
    ranges = [RANGES[number] for number in sorted(chosen)]
    whole = merged(ranges)
    assert sum(has(each, place) for each in whole) == sum(has(each, place) for each in ranges)


def test_all_ranges_are_merged_into_one() -> None:
    assert merged(RANGES) == [Range()]
