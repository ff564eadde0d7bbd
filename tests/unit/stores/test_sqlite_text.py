"""SQLite gets documents as earlier releases wrote them, so that an update without changes is recognised."""

import json

import pytest

from stores.documents import parsed
from stores.sqlite.writes import to_text


@pytest.mark.parametrize(
    "value",
    [
        10**30,
        -(2**63),
        2**64 - 1,
        0.5,
        'é \x7f\x00\n" \\ / 𝄞',
        None,
        True,
        {"b": {}, "a": [[], {}]},
    ],
)
def test_a_document_is_written_as_it_was(value: object) -> None:
    document = {"z": 1, "é": value, "a": [value]}
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    assert to_text(document) == text
    assert to_text({**{"a": [value]}, **document}) == text
    read = parsed(text)
    assert isinstance(read, dict)
    assert to_text(read) == text
