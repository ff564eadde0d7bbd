"""What search finds, and what it shows of it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.search_text import matches, patterns, search_text, words
from resolvers.conversations.recording import DERIVED_TITLE_CHARACTERS, derived_title
from resolvers.search.snippets import LENGTH, snippet

WORDS = st.lists(
    st.from_regex(r"[a-zA-Zäöüßéç\u0430-\u044f\u0410-\u042f0-9]{1,8}", fullmatch=True),
    min_size=1,
    max_size=6,
)


@given(WORDS)
def test_a_text_is_found_by_its_own_words_in_any_order_and_case(words: list[str]) -> None:
    found_by = search_text(", ".join(words))
    assert matches(found_by, patterns(" ".join(reversed(words)).upper()))


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_ascii_is_split_like_any_other_text(text: str) -> None:
    assert [*words(text), "é"] == words(f"{text} é")


@given(WORDS)
def test_a_text_is_found_by_the_beginning_of_a_last_word(words: list[str]) -> None:
    beginning = f"{' '.join(words)[:-1]}"
    if patterns(beginning) and not beginning.endswith(" "):
        assert matches(search_text(" ".join(words)), patterns(beginning))


@given(st.text())
def test_how_a_text_is_composed_does_not_matter(text: str) -> None:
    assert search_text(unicodedata.normalize("NFD", text)) == search_text(
        unicodedata.normalize("NFC", text)
    )


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("cat", "concatenate", False),
        ("con", "concatenate", True),
        ("con it", "concatenate it", False),
        ("天気", "今日の天気は", True),
        ("gpt 天気", "GPTで天気を", True),
        ("ﬁne", "FINE", True),
        ("e\u0301tude", "Étude", True),
    ],
)
def test_words_match_whole_the_last_as_a_prefix_and_unspaced_scripts_anywhere(
    query: str, text: str, found: bool
) -> None:
    assert matches(search_text(text), patterns(query)) is found


def _shown(text: str, query: str) -> tuple[str, list[str]]:
    pieces = snippet(text, patterns(query))
    return "".join(p.text for p in pieces), [p.text for p in pieces if p.highlighted]


def test_a_snippet_is_cut_around_the_first_match() -> None:
    text, lit = _shown("lorem " * 50 + "Needle and needles " + "ipsum " * 50, "needle")
    assert lit == ["Needle", "needle"]
    assert text.startswith("…")
    assert text.endswith("…")
    assert len(text) <= LENGTH + 2


def test_a_match_that_only_shows_normalised_is_shown_normalised() -> None:
    assert _shown("Die STRASSE", "straße")[1] == ["STRASSE"]
    assert _shown("Die Straße", "strasse")[1] == ["strasse"]


@given(st.text(max_size=400), WORDS, st.text(max_size=400))
def test_a_snippet_of_a_match_highlights_something(
    before: str, words: list[str], after: str
) -> None:
    text = f"{before} {' '.join(words)} {after}"
    wanted = patterns(words[0])
    if matches(search_text(text), wanted):
        assert _shown(text, words[0])[1]


@given(st.text(min_size=1))
def test_a_derived_title_is_one_short_line(query: str) -> None:
    title = derived_title(query)
    assert len(title) <= DERIVED_TITLE_CHARACTERS + 1
    assert "\n" not in title


def test_a_derived_title_is_cut_between_words() -> None:
    title = derived_title("word " * 40)
    assert title.endswith("word…")
    assert len(derived_title("x" * 300)) == DERIVED_TITLE_CHARACTERS


def test_a_derived_title_has_no_control_character() -> None:
    assert derived_title("What\x00\x07 is\nit?") == "What is it?"
    assert derived_title("\x00") == "…"
