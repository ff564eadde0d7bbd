"""Text as search sees it: normalised once, words set apart by single spaces.

One predicate then means the same in every warehouse and on a record in hand: `STRPOS(search_text,
pattern) > 0` for each pattern. A word is matched whole (' word '), the last word of a query as a
prefix (' wor'), and a term of a script written without spaces anywhere ('天気').
"""

import re
import unicodedata
from itertools import chain

_UNSPACED_RANGES = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_UNSPACED = re.compile(f"[{_UNSPACED_RANGES}]")
_ASCII = "".join(c.lower() if c.isalnum() or c == "_" else " " for c in map(chr, range(128)))
_WORD = re.compile(rf"[{_UNSPACED_RANGES}]+|[^\W{_UNSPACED_RANGES}]+")


def normalise(text: str) -> str:
    """Compatibility-composed (NFKC) and case-folded text."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def words(text: str) -> list[str]:
    """The normalised words of a text, in order."""
    if text.isascii():  # which NFKC leaves alone
        return text.translate(_ASCII).split()
    return _WORD.findall(normalise(text))


def search_text(*texts: str | None) -> str:
    """What a record with these texts can be found by; empty if there are no words."""
    found = list(chain.from_iterable(words(text) for text in texts if text))
    return f" {' '.join(found)} " if found else ""


def patterns(query: str) -> list[str]:
    """The substrings that `search_text` of a match has; none if the query has no word."""
    terms = words(query)
    last = len(terms) - 1
    return [
        term if _UNSPACED.search(term) else f" {term}" if index == last else f" {term} "
        for index, term in enumerate(terms)
    ]


def matches(found_by: str, wanted: list[str]) -> bool:
    """Whether a record's `search_text` has every pattern."""
    return all(pattern in found_by for pattern in wanted)
