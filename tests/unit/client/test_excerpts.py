"""Excerpts of Markdown in a readable form."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.api.fragments import SnippetPiece
from client.formatting.excerpts import readable
from client.formatting.text import snippet

MARKED = st.text(st.sampled_from('aäb潮 \n*_~`#>![](){}|-…\\"$:<&'), max_size=12)


def pieces(text: str) -> list[SnippetPiece]:
    """The pieces of a text in which highlighted parts are between « and »."""
    return [
        SnippetPiece(text=part.strip("«»"), highlighted=part.startswith("«"))
        for part in re.split(r"(«[^»]*»)", text)
        if part
    ]


def read(text: str) -> str:
    return "".join(f"«{part}»" if lit else part for part, lit in readable(pieces(text)))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("The **«tides» of** _the_ sea", "The «tides» of the sea"),
        ("**«潮汐»**とは", "«潮汐»とは"),
        ("***both*** and ~~gone~~, **an *inner* one**", "both and gone, an inner one"),
        ('See [the «tides»](https://sea.example/a_(b) "Sea").', "See the «tides»."),
        ("![A «wave»](wave.png) breaks", "A «wave» breaks"),
        ("## High «tide»\n> It rises", "High «tide»\nIt rises"),
        ("Run\n```python\nprint(«tide»)\n```\nthen `stop`", "Run\n\nprint(«tide»)\n\nthen stop"),
        ("a | b\n--- | :---:\n«1» | 2\n***", "a | b\n\n«1» | 2\n"),
        ("…of tides** rise, **and «fall» now…", "…of tides rise, and «fall» now…"),
        ("…the tides](https://sea.example) «rise»", "…the tides «rise»"),
        ("«Rise», [says it](https://sea.exam…", "«Rise», says it…"),
    ],
)
def test_marks_of_markdown_are_left_out_and_what_was_found_stays_highlighted(
    written: str, shown: str
) -> None:
    assert read(written) == shown


@pytest.mark.parametrize(
    "text",
    [
        "2 * 3 * 4 and 2**«3»**4",
        "snake_case_«name» and def f(*args, **kwargs)",
        "- «milk»\n- eggs (a[0] of them)",
        "an hour - or «two» -- later",
        "[see](https://«tides».example)",
    ],
)
def test_what_only_looks_like_a_mark_or_was_found_itself_is_shown(text: str) -> None:
    assert read(text) == text


@given(st.lists(st.tuples(MARKED.filter(bool), st.booleans())))
def test_every_highlighted_character_is_kept_and_none_is_added(
    given: list[tuple[str, bool]],
) -> None:
    found = readable([SnippetPiece(text=text, highlighted=lit) for text, lit in given])

    assert "".join(t for t, lit in found if lit) == "".join(t for t, lit in given if lit)
    rest = iter("".join(text for text, _ in given))
    assert all(char in rest for text, _ in found for char in text)


def test_a_snippet_is_shown_as_text_with_what_was_found_marked() -> None:
    assert snippet(pieces("**High «tide»** <b>\n$1$")) == (
        "High :yellow-background[tide] \\<b\\> \\$1\\$"
    )
