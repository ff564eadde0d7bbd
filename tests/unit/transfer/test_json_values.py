"""Documents of any size are read value by value, and a bad value does not affect the others."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.transfer.importing.readers import json_values
from resolvers.transfer.importing.readers.json_values import BadValue, Broken, JsonValues
from resolvers.transfer.importing.readers.lines import LINE_BYTES, lines

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=12,
)


def elements(content: bytes, limit: int = 10_000) -> list[Any]:
    """The elements of an array, with problems in place of bad ones; one of the whole document comes last."""
    found: list[Any] = []
    try:
        document = JsonValues(io.BytesIO(content), limit)
        for _ in document.items():
            try:
                found.append(document.value())
            except BadValue as bad:
                found.append(str(bad))
        document.finish()
    except Broken as broken:
        found.append(broken.args)
    return found


@given(st.lists(JSON, max_size=6), st.sampled_from([1, 2, 3, 7, 1000]), st.booleans())
def test_what_was_written_is_read_however_it_is_cut_into_chunks(
    values: list[Any], chunk: int, escaped: bool
) -> None:
    content = json.dumps(values, ensure_ascii=escaped, indent=1 if chunk % 2 else None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_values, "CHUNK", chunk)
        assert elements(content.encode()) == values


@given(st.binary(max_size=60), st.sampled_from([1, 5, 1000]))
def test_no_content_raises_anything_else(content: bytes, chunk: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_values, "CHUNK", chunk)
        elements(b"[" + content)


@pytest.mark.parametrize("bad", ["NaN", "1e999", "[" * 2000 + "]" * 2000, '"\n"', "tru", "1 2"])
def test_a_value_that_is_not_json_is_refused_alone(bad: str) -> None:
    first, wrong, last = elements(f'["a", {bad}, "b"]'.encode())
    assert (first, last) == ("a", "b")
    assert "not valid JSON" in wrong


@pytest.mark.parametrize("large", ['"' + "x\\n" * 5000 + '"', "[" + "1," * 9000 + "1]"])
def test_a_value_that_is_too_large_is_passed_over(large: str) -> None:
    assert elements(f"[1, {large}, 2]".encode()) == [1, "it is larger than 10000 bytes", 2]


@pytest.mark.parametrize("long", ["a" * 5000, "é" * 5000, "\\" * 5000, '"\\n' * 5000, "😀" * 5000])
@pytest.mark.parametrize("escaped", [True, False])
@pytest.mark.parametrize("text_bytes", range(1000, 1013))
def test_a_long_text_of_what_is_made_smaller_is_read_from_its_beginning(
    monkeypatch: pytest.MonkeyPatch, long: str, escaped: bool, text_bytes: int
) -> None:
    monkeypatch.setattr(json_values, "TEXT_BYTES", text_bytes)
    monkeypatch.setattr(json_values, "CHUNK", 7)
    content = json.dumps({"all": [[1, long], long, "b"]}, ensure_ascii=escaped).encode()
    found = JsonValues(io.BytesIO(content), 4 * text_bytes).light_value({"all": lambda each: each})
    ((one, first), second, last) = found["all"]
    assert (one, last) == (1, "b")
    for text in (first, second):
        whole = text.removesuffix("\ufffd")  # half of a surrogate pair
        assert whole == long[: len(whole)]
        assert 70 < len(text) < len(long)


def test_a_value_of_endless_brackets_ends_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_values, "NESTED_VALUES", 100)
    assert elements(b"[" * 1000) == [("a value holds more than 100 arrays and objects",)]
    refused = elements(b"[[" + b"[]," * 150 + b'[]], "fine"]')
    assert refused == ["it holds more than 100 arrays and objects", "fine"]


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_document_that_ends_early_is_told(cut: int) -> None:
    assert elements(b'[1, {"a":[]}]'[:-cut])[-1] == ("the file ends early",)


def test_members_are_named_in_their_order() -> None:
    document = JsonValues(io.BytesIO(b'\xef\xbb\xbf {"a": [1, 2], "b\\n": {"c": null}, "d": 4}'))
    found = {}
    for name in document.members():
        found[name] = (
            [document.value() for _ in document.items()]
            if document.next_is(b"[")
            else document.value()
        )
    document.finish()
    assert found == {"a": [1, 2], "b\n": {"c": None}, "d": 4}


def test_lines_are_numbered_and_one_that_is_too_long_is_passed_over() -> None:
    content = b'\xef\xbb\xbf1\n\n{"a":\n' + b"x" * (3 * LINE_BYTES) + b'\n"\xff"\n[4]'
    found = [
        (number, str(value) if isinstance(value, BadValue) else value)
        for number, value in lines(io.BytesIO(content))
    ]
    assert [number for number, _ in found] == [1, 3, 4, 5, 6]
    assert found[0] == (1, 1)
    assert found[2][1] == f"the line is longer than {LINE_BYTES} bytes"
    assert found[4] == (6, [4])
