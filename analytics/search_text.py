"""Text as search sees it: normalised once, with single spaces between words.

The predicate `STRPOS(search_text, pattern) > 0` for each pattern then means the same in every
warehouse and in Python. Words match as a whole (' word '), the last word of a query as a prefix ('
wor'), and terms in a script without spaces anywhere ('天気').
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import chain

_UNSPACED_RANGES = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_UNSPACED = re.compile(f"[{_UNSPACED_RANGES}]")
_ASCII = "".join(c.lower() if c.isalnum() or c == "_" else " " for c in map(chr, range(128)))
_WORD = re.compile(rf"[{_UNSPACED_RANGES}]+|[^\W{_UNSPACED_RANGES}]+")


SHORT = 1_000
"""Characters of a text that is normalised in one go, whatever it holds."""
PIECE = 16_384
"""Characters of a longer one that are normalised at a time: a millisecond, with the interpreter held."""
MARKS = 30
"""As many combining marks in a row count. Sorting them takes time by the square of their number in
Python before 3.12.4; Unicode's stream-safe text (UAX #15) has no more either."""
LONGEST = 1_000_000
"""Characters of a search text. One character can stand for 18, so a text can exceed them by far."""

_SAFE = "\x00-\x7f\u3041-\u3096\u30a1-\u30fa\u3400-\u9fff\uac00-\ud7a3"
"""Characters that never combine with one before them, common enough to be in any long text."""
_PIECE = re.compile(rf"(?s).{{1,{PIECE}}}(?=[{_SAFE}]|\Z)|.{{1,{PIECE}}}")


@cache
def _combining() -> str:
    """All combining marks, as they stand in an expression."""
    return "".join(
        re.escape(character)
        for character in map(chr, range(0x300, 0x20000))
        if unicodedata.combining(unicodedata.normalize("NFKD", character)[0])
    )


@cache
def _mark() -> re.Pattern[str]:
    return re.compile(f"[{_combining()}]")


@cache
def _long_runs() -> re.Pattern[str]:
    """Finds runs of combining marks that are too long; the group is what counts of one."""
    return re.compile(f"([{_combining()}]{{{MARKS}}})[{_combining()}]+")


def normalise(text: str) -> str:
    """The text in compatibility composition (NFKC) and case-folded. It takes time by the length of
    the text and lets other threads run meanwhile."""
    if len(text) <= SHORT or text.isascii():
        return _normalised(text)
    pieces = (piece.group() for piece in _PIECE.finditer(text))
    # No run is too long unless one of every so many characters is a mark.
    if _mark().search(text[::MARKS]):
        pieces = (_long_runs().sub(r"\1", piece) for piece in pieces)
    return "".join(map(_normalised, pieces))


def _normalised(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def words(text: str) -> list[str]:
    """The normalised words of a text, in order."""
    return list(_words(text))


def _words(text: str) -> Iterator[str]:
    if text.isascii():  # NFKC does not change it
        return iter(text.translate(_ASCII).split())
    return (word.group() for word in _WORD.finditer(normalise(text)))


def search_text(*texts: str | None) -> str:
    """The search text of a record with these texts; empty if they have no words."""
    found = " ".join(chain.from_iterable(_words(text) for text in texts if text))
    return f" {found[:LONGEST]} " if found else ""


def patterns(query: str) -> list[str]:
    """The substrings that the `search_text` of a match must contain; none if the query has no word."""
    terms = words(query)
    last = len(terms) - 1
    return [
        term if _UNSPACED.search(term) else f" {term}" if index == last else f" {term} "
        for index, term in enumerate(terms)
    ]


def matches(found_by: str, wanted: list[str]) -> bool:
    """Whether a record's `search_text` contains every pattern."""
    return all(pattern in found_by for pattern in wanted)
