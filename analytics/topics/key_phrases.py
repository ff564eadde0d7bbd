"""The topics of a question: its key phrases, as YAKE ranks them, without uninformative ones.

YAKE looks at a single text and knows only the stop words of a language. So words that are common in the
language get less weight here, and a part of a longer phrase is merged into it.
"""

import re
import unicodedata
from collections.abc import Sequence, Set

from yake_rust import Yake

from analytics.search_text import UNSPACED, words
from analytics.stems import likeliest
from analytics.topics.prose import prose
from analytics.topics.vocabulary import Vocabulary, vocabulary

RULE = 1
"""The version of the rule. `recollect backfill` brings the mirror's rows to the latest."""
SAMPLE = 1_000
"""Characters of a question that are looked at. The rest of a longer one is mostly pasted text."""
TOPICS = 5
"""Topics of a question, at most."""
LONGEST = 60
"""Characters of a topic, at most."""
WORDS = 3
"""Words of a topic, at most."""
COMMON = 5.2
"""The rarest word of a topic is not more common than this, on the scale of `Vocabulary.commonness`."""
COMMON_ALONE = 4.75
"""The corresponding limit for the word of a topic that has only one."""
CANDIDATES = 40
"""Phrases that are taken from YAKE, which also returns the shorter parts of a long phrase."""

_DIGITS = str.maketrans("0123456789", "".join(map(chr, range(0x2C30, 0x2C3A))))
_PAD = chr(0x2C3A)
_PLAIN = {letter: digit for digit, letter in _DIGITS.items()} | {ord(_PAD): None}
"""YAKE ignores words with digits and words of two letters. 'GPT-4' and 'AI' are passed to it with letters of
the Glagolitic script, which nobody uses in a chat."""
_STAND_INS = re.compile("[\u2c00-\u2c5f]")
"""Letters of that script. A question that has any would be taken for one with digits."""
_NAME = re.compile(r"\b(?=[\w-]*[^\W\d_])(?=[\w-]*\d)[\w-]+\b|\b[A-Z]{2}\b")
_LINKS = frozenset(["de", "du", "des", "di", "del", "da", "do", "dos"])
"""Stop words that a topic may contain: 'base de données'."""
_WORD = re.compile(r"[^\W\d_]{2}")
_PART = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*|(?<=['-])[^\W\d_]+")
"""A word, in which YAKE looks for stop words; it treats "n't" and "'s" as separate words."""
_RUN = re.compile(
    "[\u3400-\u9fff\uf900-\ufaff]{2,}|[\u30a1-\u30ff]{2,}|[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]{3,}"
)
"""A run of one script without spaces. Hiragana, which is used for endings and particles, separates them."""


def topics(text: str | None, preferred: str = "english") -> tuple[str, ...]:
    """The topics of a question, in lower case, best first; empty if it has none.

    `preferred` is the language if the text doesn't reveal one. It takes about a fifth of a millisecond.
    """
    # YAKE does not accept lone surrogates, which JSON can contain.
    sample = (text or "")[:SAMPLE].encode(errors="ignore").decode()
    said = prose(unicodedata.normalize("NFKC", sample).replace("\u2019", "'"))
    language = likeliest(words(said), preferred)
    found = dict.fromkeys([*_RUN.findall(said), *_key_phrases(UNSPACED.sub(" ", said), language)])
    kept: dict[str, Set[str]] = {}
    for phrase in found:
        parts = {*phrase.split()}
        # No topic is a part of another, or has two words in common with it.
        if all(len(parts & other) < min(2, len(parts), len(other)) for other in kept.values()):
            kept[phrase] = parts
            if len(kept) == TOPICS:
                break
    return tuple(kept)


def _key_phrases(text: str, language: str) -> list[str]:
    """The phrases that name something in a text with spaces between words, the most informative first."""
    known = vocabulary(language)
    text = _STAND_INS.sub(" ", text)
    encoded = _NAME.sub(lambda name: _letters(name.group()), text)
    ranked: list[tuple[float, str]] = []
    for encoded_phrase, score in _extractor(text, known).get_n_best(encoded, n=CANDIDATES):
        phrase = (encoded_phrase.translate(_PLAIN) if encoded != text else encoded_phrase).lower()
        parts = phrase.split()
        commonness = [known.commonness(part) for part in parts]
        if _names_something(phrase, parts, min(commonness), known):
            ranked.append((_rounded(score * sum(commonness) / len(parts)), phrase))
    return [phrase for _, phrase in sorted(ranked)]


def _rounded(score: float) -> float:
    """A score without its last digits: YAKE adds in arbitrary order, so they differ each time and would
    change the order of phrases with the same score."""
    return float(f"{score:.9g}")


def _letters(name: str) -> str:
    return name.translate(_DIGITS) if len(name) > 2 else name + _PAD


def _names_something(phrase: str, parts: Sequence[str], rarest: float, known: Vocabulary) -> bool:
    return (
        rarest <= (COMMON if len(parts) > 1 else COMMON_ALONE)
        and parts[0] not in known.stop_words
        and parts[-1] not in known.stop_words
        and known.stop_words.intersection(parts[1:-1]) <= _LINKS
        and len(phrase) <= LONGEST
        and _WORD.search(phrase) is not None
    )


def _extractor(text: str, known: Vocabulary) -> Yake:
    """An extractor with only the stop words that the text contains: checking all takes longer than the
    rest."""
    said = {*_PART.findall(text.lower())}
    singular = {word[:-1] for word in said if word[-1] == "s"}
    return Yake(
        stopwords=(said | singular) & known.stop_words, ngrams=WORDS, remove_duplicates=False
    )
