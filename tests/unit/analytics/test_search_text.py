"""The texts that search finds, and the snippets that it shows of them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.search_query import BadQuery, SearchQuery, Term, matches, parse, shown_by
from analytics.search_text import search_text, section, words
from resolvers.search.snippets import LENGTH, snippet
from resolvers.sessions.titles import DERIVED_TITLE_CHARACTERS, derived_title


def patterns(query: str) -> list[Term]:
    return parse(query).terms


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
        ("zurich", "Zürich", True),
        ("Zürich", "zurich", True),
        ("lodz", "Łódź", True),
        ("елка", "Ёлка", True),
        ("αθηνα", "Αθήνα", True),
        ("שלום", "שָׁלוֹם", True),
        ("か", "が", False),
        ("กา", "ก่า", False),
    ],
)
def test_words_match_whole_the_last_as_a_prefix_and_unspaced_scripts_anywhere(
    query: str, text: str, found: bool
) -> None:
    assert matches(search_text(text), patterns(query)) is found


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("invoice now", "Two invoices are due now"),
        ("running shoes", "She runs; which shoe?"),
        ("Rechnung ja", "Ich habe die Rechnungen, ja"),
        ("chat noir", "Les chats noirs et la nuit sont dans le jardin"),
        ("ciudad grande", "Las ciudades son grandes"),
        ("кошка дом", "Дома, кошки"),
        ("город", "Эти города"),
        ("किताब", "मेरी किताबें"),
    ],
)
def test_a_word_is_found_in_its_other_forms(query: str, text: str) -> None:
    assert matches(search_text(text), patterns(query))


@pytest.mark.parametrize(("query", "text"), [("zurich", "zur Bank"), ("fine art", "the finest f")])
def test_a_word_is_not_found_by_an_accident_of_another_language(query: str, text: str) -> None:
    assert not matches(search_text(text), patterns(query))


def test_a_phrase_matches_words_side_by_side_as_they_are() -> None:
    (phrase,) = patterns('"new york"')
    assert matches(search_text("In New York."), [phrase])
    assert not matches(search_text("York is new"), [phrase])
    assert not matches(search_text("news of York"), [phrase])
    assert matches(search_text("昨日、東京タワーで"), patterns('"東京"'))


def test_a_query_is_taken_apart() -> None:
    query = parse(
        'alpha -beta -"gamma delta" title:"a b" tag:Work model:gpt from:ME after:2024 eps'
    )
    assert query.words == ["alpha", "eps"]
    assert query.text == "alpha eps"
    assert [each[0] for each in query.excluded] == [" beta ", " gamma delta "]
    assert query.titles == [(" a b ",)]
    assert (query.tags, query.model, query.side) == (["Work"], "gpt", "question")
    assert query.since is not None
    assert query.since.isoformat() == "2024-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    "query", ["from:them", "before:soon", "after:2024-13", "before:2024-02-30"]
)
def test_a_filter_with_a_value_it_cannot_have_is_refused(query: str) -> None:
    with pytest.raises(BadQuery):
        parse(query)


@given(st.text(max_size=60))
def test_any_text_is_a_query(text: str) -> None:
    try:
        found = parse(text)
    except BadQuery:
        return
    assert isinstance(found, SearchQuery)
    assert all(found.terms)
    assert all(found.excluded)


def _shown(text: str, query: str) -> tuple[str, list[str]]:
    pieces = snippet(text, shown_by(section(text), patterns(query)))
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


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("Sum it up\n\nAttached file: pay.csv\n```\na;b\n```", "Sum it up"),
        ("Attached file: pay.csv\n````\nName;Pay\n````", "Name;Pay"),
        ("What is an Attached file: pay.csv", "What is an Attached file: pay.csv"),
    ],
)
def test_a_derived_title_does_not_name_the_files_that_the_question_quotes(
    query: str, title: str
) -> None:
    assert derived_title(query) == title
