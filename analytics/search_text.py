"""Text as search sees it: the words of a question and of its answer without case and accents, then their
stems, each marked with '='.

The search text of 'Die Zürcher Züge' is '2 die zurcher zuge =die =zurch =zug '. The terms that
`analytics.search_query` makes from a query are looked up in it as substrings, which works the same in every
warehouse and in Python. '|' separates the sections of several texts, and '2' is the rule's version: the first
release's texts began with a space and had no stems, and their words kept their accents.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from analytics.stems import languages, stems

RULE = 2
"""The version of the rule. `recollect backfill` brings the mirror's rows to the latest."""

_UNSPACED_RANGES = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
UNSPACED = re.compile(f"[{_UNSPACED_RANGES}]")
"""Scripts without spaces between words."""
_ASCII = "".join(c.lower() if c.isalnum() or c == "_" else " " for c in map(chr, range(128)))


SHORT = 1_000
"""Characters of a text that is normalised in one go, whatever it contains."""
PIECE = 16_384
"""Characters of a longer text that are normalised at a time: a millisecond, during which the GIL is held."""
MARKS = 30
"""How many combining marks in a row count. Before Python 3.12.4 sorting them takes time proportional to the
square of their number; Unicode's stream-safe text (UAX #15) has no more either."""
LONGEST = 1_000_000
"""Characters of a search text, and of the words of one text. One character can be normalised to 18, so a text
can exceed this by far."""

_SAFE = "\x00-\x7f\u3041-\u3096\u30a1-\u30fa\u3400-\u9fff\uac00-\ud7a3"
"""Characters that never combine with a preceding one, and are common enough to be in any long text."""
_PIECE = re.compile(rf"(?s).{{1,{PIECE}}}(?=[{_SAFE}]|\Z)|.{{1,{PIECE}}}")


@cache
def _word() -> re.Pattern[str]:
    """A word begins with a letter or digit; marks, such as those of Hebrew and Hindi, continue it."""
    marks = "".join(
        re.escape(character)
        for character in map(chr, range(0x300, 0x20000))
        if unicodedata.category(character)[0] == "M" and not UNSPACED.match(character)
    )
    spaced = rf"[^\W{_UNSPACED_RANGES}]"
    return re.compile(rf"[{_UNSPACED_RANGES}]+|{spaced}(?:{spaced}|[{marks}])*")


@cache
def _combining() -> str:
    """All combining marks, escaped for a regular expression."""
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
    """Finds runs of combining marks that are too long; the group is the part of a run that counts."""
    return re.compile(f"([{_combining()}]{{{MARKS}}})[{_combining()}]+")


def normalise(text: str) -> str:
    """The text in compatibility composition (NFKC) and case-folded. It takes time proportional to the length
    of the text and lets other threads run meanwhile."""
    if len(text) <= SHORT or text.isascii():
        return _normalised(text)
    pieces = (piece.group() for piece in _PIECE.finditer(text))
    # Every run that is too long contains one of the characters sampled here.
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
    return (word.group() for word in _word().finditer(normalise(text)))


def fold(word: str) -> str:
    """A normalised word without accents: 'zürich' is 'zurich', 'łódź' is 'lodz'.

    The marks of Indic, Thai and Japanese letters stay: a letter without its mark is another letter."""
    if word.isascii():
        return word
    bare = "".join(c for c in unicodedata.normalize("NFKD", word) if not _is_accent(c))
    return unicodedata.normalize("NFC", bare).translate(_UNACCENTED)


def _is_accent(character: str) -> bool:
    # Combining classes: 10 to 36 are points of Hebrew, Arabic and Syriac, from 200 on the accents
    # above, below and through a letter.
    kind = unicodedata.combining(character)
    return kind >= 200 or 10 <= kind <= 36


_UNACCENTED = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "\u0131": "i",
        "ħ": "h",
    }
)


@dataclass(frozen=True, slots=True)
class Section:
    """A text as search sees it."""

    words: Sequence[str] = ()
    """The normalised words, in order."""
    forms: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The forms that find each word: the word without accents, and the stems of both, marked with '='."""

    def __str__(self) -> str:
        folded = [fold(word) for word in self.words]
        marked = {form for found in self.forms.values() for form in found if form[0] == "="}
        return "".join(f"{word} " for word in [*folded, *sorted(marked)])


def section(text: str | None) -> Section:
    """The section of a text."""
    said: list[str] = []
    room = LONGEST
    for word in _words(text or ""):
        room -= len(word) + 1
        if room < 0:
            break
        said.append(word)
    folded = {word: fold(word) for word in dict.fromkeys(said)}
    found = stems(dict.fromkeys([*folded, *folded.values()]), languages(said))
    return Section(
        said,
        {
            word: frozenset([bare, *(f"={fold(stem)}" for stem in found[word] | found[bare])])
            for word, bare in folded.items()
        },
    )


def combined(sections: Sequence[Section]) -> str:
    """The search text of a record with these texts; empty if they have no words."""
    if not any(each.words for each in sections):
        return ""
    found = f"{RULE} {'| '.join(map(str, sections))}"
    return found if len(found) <= LONGEST else f"{found[:LONGEST]} "


def search_text(*texts: str | None) -> str:
    """The search text of a record with these texts; empty if they have no words."""
    return combined([section(text) for text in texts])
