"""Matching, normalising or sorting a caller's text takes time in proportion to its length.

Each place gets the worst texts, of the greatest length that it can ever get. Places whose time grew with
the square of the length took seconds to minutes.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest
from graphql import GraphQLError
from hypothesis import assume, given
from hypothesis import strategies as st

from analytics import search_text
from analytics.embedding.wordllama import WordLlamaEmbedder
from analytics.search_query import BadQuery, matches, parse, shown_by
from analytics.search_text import section
from analytics.stems import stems
from analytics.topics.key_phrases import SAMPLE, topics
from analytics.topics.prose import prose
from recollect import email_addresses
from recollect.http import negotiation, request_ids, requests
from recollect.http.bodies import BadRequest
from resolvers import input_limits, pagination
from resolvers.configuration import Configuration
from resolvers.digests import Digests
from resolvers.errors import Refused
from resolvers.input_limits import Checks
from resolvers.preferences import patches
from resolvers.search.snippets import snippet
from resolvers.sessions import titles
from resolvers.transfer.exporting.formats import commonmark, csv, markdown
from resolvers.transfer.importing import truncation
from schema.ids import session_id
from schema.validation.hidden_names import hide_names
from stores import documents

ROOT = Path(__file__).parents[3]
SECONDS = 2.0
"""The limit for this thread's own time; each place takes a hundredth of it, or a tenth on a slow machine."""
HEADERS = 65_536
BODY = requests.BODY_BYTES
ANSWER = input_limits.RESPONSE_BYTES
SEARCH = input_limits.SEARCH_CHARACTERS
MARKS = "\u0315\u0300"


def texts(size: int) -> Iterator[str]:
    """Texts that are slow for some regular expression."""
    for part in (
        MARKS,
        "\ufdfa",
        "\u1025\u102e",
        "a" + MARKS * 14,
        "가",
        "\u1100\u1161",
        "天",
        "é ",
    ):
        yield part * (size // len(part.encode()))
    for part in (
        "'",
        '"',
        "\\",
        "`",
        "~",
        "-a",
        "<",
        "[",
        "]",
        "(",
        "![",
        ",",
        ";",
        " ",
        "\n",
        "\r",
    ):
        yield part * (size // len(part))
        yield f"{part * (size // len(part) - 2)}x{part}"
    for part in (
        " Did you mean x",
        "a.",
        "a-b",
        "=",
        "\t",
        "0",
        "x@",
        "Ab",
        "```x\n",
        "~~~\n",
        "a ",
    ):
        yield part * (size // len(part))


def checking(check: Callable[[Checks, str], None]) -> Callable[[str], object]:
    def checked(value: str) -> None:
        with suppress(Refused), Checks() as found:
            check(found, value)

    return checked


def refusable(call: Callable[[str], object], *refusals: type[Exception]) -> Callable[[str], object]:
    def called(value: str) -> None:
        with suppress(*refusals):
            call(value)

    return called


@cache
def wordllama() -> WordLlamaEmbedder:
    return WordLlamaEmbedder()


def embed(value: str) -> object:
    return wordllama()._document((value, value))


SEARCHED = [f" {chr(97 + n % 26)}{n}" for n in range(60)]
CURSORS = pagination.Cursors(Digests(b"a key"), "a list")
PLACES: dict[str, tuple[int, Callable[[str], object]]] = {
    "analytics/search_text.py: what a turn is found by": (ANSWER, search_text.search_text),
    "analytics/search_query.py: a query": (SEARCH, refusable(parse, BadQuery)),
    "analytics/topics/key_phrases.py: a question's topics": (input_limits.QUERY_BYTES, topics),
    "analytics/embedding/wordllama.py: a vector": (ANSWER, embed),
    "analytics/topics/prose.py: what of it is prose": (SAMPLE, prose),
    "analytics/stems.py: words": (ANSWER, lambda value: stems(value.split())),
    "resolvers/search/snippets.py: an excerpt": (ANSWER, lambda value: snippet(value, SEARCHED)),
    "resolvers/search/snippets.py: its expression": (
        SEARCH,
        refusable(
            lambda value: snippet(
                "word " * 50_000, shown_by(section("word"), parse(value).terms) or ["x"]
            ),
            BadQuery,
        ),
    ),
    "resolvers/input_limits.py: a title, before its length is known": (
        BODY,
        checking(lambda found, value: found.characters(value, 200, "title")),
    ),
    "resolvers/input_limits.py: an answer, before its length is known": (
        BODY,
        checking(lambda found, value: found.text(value, ANSWER, "response", blank=False)),
    ),
    "resolvers/input_limits.py: an id": (
        BODY,
        checking(lambda found, value: found.id(value, "id")),
    ),
    "resolvers/input_limits.py: sources": (
        BODY,
        checking(lambda found, value: found.json([value], list, 131_072, "citations")),
    ),
    "resolvers/pagination.py: a cursor": (
        BODY,
        refusable(lambda value: CURSORS.decode(value, "after"), Refused),
    ),
    "resolvers/preferences/patches.py: a language": (
        BODY,
        refusable(
            lambda value: patches.check(Configuration(), {"language_preference": value}),
            Refused,
        ),
    ),
    "resolvers/sessions/titles.py: a derived title": (
        input_limits.QUERY_BYTES,
        titles.derived_title,
    ),
    "resolvers/transfer/exporting/formats/csv.py: a cell": (ANSWER, csv.harmless),
    "resolvers/transfer/exporting/formats/csv.py: a cell's length": (ANSWER, csv.bounded),
    "resolvers/transfer/exporting/formats/commonmark.py: an answer": (
        commonmark.PARSED_CHARACTERS,
        commonmark.rendered,
    ),
    "resolvers/transfer/exporting/formats/commonmark.py: a quotation": (
        commonmark.PARSED_CHARACTERS,
        commonmark.without_html,
    ),
    "resolvers/transfer/importing/truncation.py: a text over the limit": (
        2 * ANSWER,
        lambda value: truncation.shortened(value, ANSWER),
    ),
    "resolvers/transfer/exporting/formats/markdown.py: a title": (
        input_limits.TITLE_CHARACTERS,
        markdown.plain,
    ),
    "resolvers/transfer/exporting/formats/markdown.py: a quotation": (ANSWER, markdown.quoted),
    "schema/ids.py: a global id": (BODY, refusable(session_id, Refused)),
    "schema/validation/hidden_names.py: a message": (
        BODY,
        lambda value: hide_names([GraphQLError(f"{value}?")], value, {"input": {value: value}}),
    ),
    "stores/documents.py: a record's id": (
        BODY,
        refusable(lambda value: documents.checked((value,)), ValueError),
    ),
    "recollect/email_addresses.py: an address": (
        HEADERS,
        refusable(email_addresses.normalise_email, ValueError),
    ),
    "recollect/http/negotiation.py: Accept": (HEADERS, negotiation.negotiate),
    "recollect/http/negotiation.py: Content-Type": (HEADERS, negotiation.parse_media_type),
    "recollect/http/request_ids.py: ids": (
        HEADERS,
        lambda value: request_ids.request_ids({"x-request-id": value, "traceparent": value}),
    ),
    "recollect/http/requests.py: a body": (
        BODY,
        refusable(lambda value: requests.read_json(value.encode(), "The body"), BadRequest),
    ),
}
ELSEWHERE = {
    "recollect/settings/": "the operator's own settings",
    "recollect/http/graphiql.py": "our own page",
    "recollect/logs.py": "what libraries log",
    "resolvers/transfer/importing/readers": "files, which test_hostile_imports.py makes hostile",
}


@pytest.mark.worst_case
@pytest.mark.parametrize(("size", "place"), PLACES.values(), ids=PLACES)
def test_a_hostile_text_takes_time_by_its_length(size: int, place: Callable[[str], object]) -> None:
    for value in texts(size):
        began = time.thread_time()
        place(value)
        took = time.thread_time() - began
        assert took < SECONDS, f"{took:.1f} s for {len(value)} characters like {value[:8]!a}"


def test_no_place_with_an_expression_or_normalisation_is_left_out() -> None:
    known = {name.partition(":")[0] for name in PLACES}
    for package in ("schema", "resolvers", "stores", "analytics", "recollect"):
        for path in (ROOT / package).rglob("*.py"):
            if re.search(r"(?m)^(import|from) (re|unicodedata)\b", path.read_text()):
                name = path.relative_to(ROOT).as_posix()
                assert name in known or any(map(name.startswith, ELSEWHERE)), name


@pytest.mark.parametrize("mark", ["\u0300", "\u0315\u0300", "\u0344", "\uff9e"])
def test_marks_beyond_any_language_s_do_not_count(mark: str) -> None:
    word = "a" + mark * search_text.SHORT
    assert search_text.search_text(f"{word} b") == search_text.search_text(f"{word}{mark} b")
    assert matches(search_text.search_text(word + " b"), parse("b").terms)


@given(st.text(min_size=1), st.integers(1, 5))
def test_a_long_text_is_normalised_like_a_short_one(text: str, times: int) -> None:
    """Except for more marks on a letter than any language has; the text has none of these."""
    spaced = f"{text} "
    assume(re.search(r"[\u0300-\u036f]{9}", spaced) is None)
    long = spaced * (search_text.SHORT // len(spaced) + times)
    assert search_text.normalise(long) == search_text.normalise(spaced) * (len(long) // len(spaced))
