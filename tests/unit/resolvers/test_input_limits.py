"""Limits for what callers may send."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.errors import Refused
from resolvers.input_limits import JSON_DEPTH, Checks

TEXTS = st.text(max_size=5) | st.text(alphabet="a\ud800", max_size=3)
LISTS = st.lists(st.integers() | TEXTS | st.just(float("nan")), max_size=3)


def refusals(checks: Checks, limit: int, parts: dict[str, Any]) -> list[str]:
    """What is said of parts that are too large together."""
    try:
        with checks:
            checks.together(limit, parts, "response")
    except Refused as refused:
        return [each.message for each in refused.problems if "together" in each.message]
    return []


@given(TEXTS, LISTS, st.integers(0, 30))
def test_parts_count_the_same_whether_they_were_checked_before_or_not(
    query: str, citations: list[Any], limit: int
) -> None:
    parts = {"query": query, "citations": citations}
    checked = Checks()
    checked.text(query, 5, "query")
    checked.json(citations, list, 10, "citations")

    assert refusals(checked, limit, parts) == refusals(Checks(), limit, parts)


@pytest.mark.parametrize("wrap", [lambda value: [value], lambda value: {"a": value}])
def test_a_value_may_have_as_many_levels_as_the_limit_says(wrap: Any) -> None:
    value: Any = 1
    for _ in range(JSON_DEPTH):
        value = wrap(value)
    with Checks() as checks:
        checks.json(value, type(value), 1000, "metadata")
    with pytest.raises(Refused) as refused, Checks() as checks:
        checks.json(wrap(value), type(value), 1000, "metadata")
    assert "nested deeper than 8 levels" in refused.value.problems[0].message
