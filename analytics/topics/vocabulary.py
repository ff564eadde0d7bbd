"""How common the words of a language are, and which of them can't begin or end a topic."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from yake_rust import Yake

from analytics.topics.stop_words import FILLERS

UNKNOWN = 1.5
"""How common a word is that is not in the lists, which begin at about 3."""
_CODES = {
    "english": "en",
    "german": "de",
    "french": "fr",
    "spanish": "es",
    "italian": "it",
    "portuguese": "pt",
    "dutch": "nl",
    "swedish": "sv",
    "norwegian": "nb",
    "danish": "da",
    "finnish": "fi",
    "polish": "pl",
    "czech": "cs",
    "romanian": "ro",
    "hungarian": "hu",
    "turkish": "tr",
    "russian": "ru",
    "greek": "el",
    "arabic": "ar",
    "hindi": "hi",
    "tamil": "ta",
}
_LISTED = {"nb": "no"}
"""Languages for which the extractor's lists use another code."""
_UNLISTED = frozenset({"cs", "ta"})
"""Languages for which the extractor has no stop words: the commonest words take their place."""
_COMMONEST = 150


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of one language, in lower case."""

    stop_words: frozenset[str]
    """Function words and fillers."""
    listed: Mapping[str, float]
    """How common each word is."""

    def commonness(self, word: str) -> float:
        """The logarithm of how often a word occurs in a billion words (the Zipf scale): 7 for 'the', 6 for
        'day', 3 for 'photosynthesis'."""
        return self.listed.get(word, UNKNOWN)


@cache
def vocabulary(language: str) -> Vocabulary:
    """The vocabulary of a language that `analytics.stems` names, English for others. It is read from
    the installed package once, which takes some milliseconds."""
    import wordfreq  # Importing it takes a while, and not every process exports.

    code = _CODES.get(language, "en")
    if code in _UNLISTED:
        stop_words = set(wordfreq.top_n_list(code, _COMMONEST))
    else:
        stop_words = set(Yake(language=_LISTED.get(code, code)).stopwords)
    # English requests are common in chats in all languages, for example in those of developers.
    fillers = f"{FILLERS['en']} {FILLERS.get(code, '')}".split()
    return Vocabulary(
        frozenset(word.lower() for word in stop_words | set(fillers)),
        {
            word: math.log10(f * 1e9)
            for word, f in wordfreq.get_frequency_dict(code, "small").items()
        },
    )
