"""Values that tests generate."""

import json
from typing import Any

from hypothesis import strategies as st

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text()
    | st.sampled_from(["{ viewer { id } }", "Session.a", "sha256:0", "2024-01-01T00:00:00Z"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def literal(value: Any) -> str:
    """A JSON value as a GraphQL literal; keys become names."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"k{n}: {literal(v)}" for n, v in enumerate(value.values())) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    return json.dumps(value).replace("Infinity", "1e999").replace("NaN", "null")
