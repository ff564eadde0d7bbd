"""The parts of a query: words, phrases in quotes, `-word`, and filters such as `title:` and `before:`.

Every term is a set of alternative substrings: a `search_text` must contain one of them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Literal, TypeAlias

from analytics.search_text import UNSPACED, Section, fold, words
from analytics.stems import stems

Side: TypeAlias = Literal["question", "answer"]
Term: TypeAlias = tuple[str, ...]
"""Alternative substrings: a search text that matches contains one of them."""

HIGHLIGHTED = 100
"""Different words of a text that are highlighted in an excerpt."""
_TOKEN = re.compile(
    r'(-?)(?:(title|tag|model|from|before|after):)?(?:"([^"]*)"|(\S+))', re.IGNORECASE
)
_SIDES: dict[str, Side] = {"me": "question", "answer": "answer"}
_DATE = re.compile(r"(\d{4})(?:-(\d\d?))?(?:-(\d\d?))?")


class BadQuery(ValueError):
    """A filter in a query has an invalid value; the message names the filter."""


@dataclass(slots=True)
class SearchQuery:
    """A query, parsed."""

    terms: list[Term] = field(default_factory=list)
    """All must match."""
    phrases: list[Term] = field(default_factory=list)
    """The terms in quotes, which come first in `terms`."""
    excluded: list[Term] = field(default_factory=list)
    """None may match."""
    titles: list[Term] = field(default_factory=list)
    """All must match the title that the user gave to the session."""
    tags: list[str] = field(default_factory=list)
    """The session has all of them."""
    words: list[str] = field(default_factory=list)
    """The words outside phrases, case-folded; their terms come last in `terms`."""
    text: str = ""
    """The query without filters and excluded words."""
    model: str | None = None
    side: Side | None = None
    """Where the terms must match; None for question and answer together."""
    since: datetime | None = None
    until: datetime | None = None


def parse(query: str) -> SearchQuery:
    """The parts of a query, in time proportional to its length. Raises `BadQuery`.

    The last word matches as a prefix, because the user may still be typing it.
    """
    found = SearchQuery()
    tokens = list(_TOKEN.finditer(query))
    said: list[str] = []
    for token in tokens:
        minus, name, phrase, word = token.groups()
        value = phrase if phrase is not None else word
        if minus and not name:
            found.excluded += (
                [phrase_term(value)] if phrase is not None else map(term, words(value))
            )
        elif name and not minus:
            _filter(found, name.lower(), value)
        else:
            said.append(value)
            if phrase is not None:
                found.phrases.append(phrase_term(value))
            else:
                found.words += words(token.group())
    last_is_word = bool(tokens) and not any(tokens[-1].group(1, 2, 3))
    found.phrases = [each for each in found.phrases if each]
    found.terms = [*found.phrases, *filter(None, word_terms(found.words, last_is_word))]
    found.excluded = [each for each in found.excluded if each]
    found.text = " ".join(said)
    return found


def replaced(query: str, words_for: Mapping[str, str]) -> str:
    """The query with other words in place of some folded ones; phrases and filters stay as they are."""
    return " ".join(
        token.group()
        if any(token.group(1, 2, 3))
        else " ".join(words_for.get(fold(word), word) for word in words(token.group()))
        for token in _TOKEN.finditer(query)
    )


def word_terms(said: Sequence[str], last_as_prefix: bool) -> list[Term]:
    """The terms of words."""
    return [
        term(word, prefix=last_as_prefix and number == len(said) - 1)
        for number, word in enumerate(said)
    ]


def term(word: str, prefix: bool = False) -> Term:
    """The term of a whole word, or of the beginning of one: the word, its stems in any language, and the word
    as the first rule wrote it."""
    folded = fold(word)
    if UNSPACED.search(word):
        return tuple(dict.fromkeys([folded, word]))
    end = "" if prefix else " "
    found = stems(dict.fromkeys([word, folded]))
    stemmed = sorted({fold(stem) for each in found.values() for stem in each})
    return tuple(
        dict.fromkeys([f" {folded}{end}", *(f" ={stem} " for stem in stemmed), f" {word}{end}"])
    )


def phrase_term(phrase: str) -> Term:
    """The term of words that must appear side by side and not only as stems; empty if there are no words."""
    said = words(phrase)
    if not said:
        return ()
    begin = "" if UNSPACED.search(said[0]) else " "
    end = "" if UNSPACED.search(said[-1]) else " "
    either = (" ".join(map(fold, said)), " ".join(said))
    return tuple(dict.fromkeys(f"{begin}{text}{end}" for text in either))


def has(found_by: str, wanted: Term) -> bool:
    """Whether a record's `search_text` has a term."""
    return any(pattern in found_by for pattern in wanted)


def matches(found_by: str, terms: Sequence[Term]) -> bool:
    """Whether a record's `search_text` has every term."""
    return all(has(found_by, each) for each in terms)


def shown_by(found: Section, terms: Sequence[Term]) -> list[str]:
    """Patterns, as `resolvers.search.snippets` highlights them, for parts of a text that match the terms."""
    wanted = [pattern for each in terms for pattern in each]
    whole = {word for pattern in wanted if pattern.endswith(" ") for word in pattern.split()}
    beginnings = [pattern for pattern in wanted if pattern[0] == " " and pattern[-1] != " "]
    begins = tuple(pattern[1:] for pattern in beginnings)
    anywhere = [pattern for pattern in wanted if pattern[0] != " "]
    matched = (
        f" {word} "
        for word, forms in found.forms.items()
        if not word.startswith(begins)
        and (not whole.isdisjoint(forms) or any(form.startswith(begins) for form in forms))
    )
    return [*beginnings, *anywhere, *islice(matched, HIGHLIGHTED)]


def side_of(found_by: str, side: Side | None) -> str:
    """The part of a `search_text` that is about the question or the answer."""
    if side is None:
        return found_by
    question, _, answer = found_by.partition("|")
    return question if side == "question" else answer


def _filter(found: SearchQuery, name: str, value: str) -> None:
    if name == "title":
        found.titles += [each for each in [phrase_term(value)] if each]
    elif name == "tag":
        found.tags.append(value)
    elif name == "model":
        found.model = value
    elif name == "from":
        if value.casefold() not in _SIDES:
            raise BadQuery("from: must be me or answer.")
        found.side = _SIDES[value.casefold()]
    elif name == "before":
        found.until = _time(name, value)
    else:
        found.since = _time(name, value)


def _time(name: str, value: str) -> datetime:
    """The beginning of a day, month or year, in UTC."""
    match = _DATE.fullmatch(value)
    try:
        if match:
            year, month, day = (int(part or 1) for part in match.groups())
            return datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        pass
    raise BadQuery(f"{name}: must be a date such as 2026, 2026-03 or 2026-03-31.")
