"""Word stems, from the Snowball stemmers of the languages that a text may be written in.

A script with only one stemmer determines the language. Among the languages in Latin script, the common words
in a text decide; a short text without any may be in any of them.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cache
from itertools import islice
from threading import local

import Stemmer  # type: ignore[import-not-found]

LONGEST_WORD = 40
"""Characters; anything longer is not a word of a language and has no stem."""
DECIDED = 3
"""How many common words of a language show that a text is written in it."""
CLEARLY = 2
"""How many more common words of another language show that a text is not in the preferred one."""
FEW = 40
"""A text of fewer words may not reveal its language; a longer one that doesn't is not prose."""
SAMPLE = 500
"""Words of a text that are looked at to guess its languages."""
SHORTEST = 3
"""Minimum characters of a stem. Words that share a shorter stem have nothing in common."""
LEAST_KEPT = 0.6
"""The minimum share of a word that its stem keeps, except in English and in scripts of one language. A query
may be in any language, and a stem in another language than the word's is often an accident
('zur' of 'zurich')."""
STEMMED = 20_000
"""Different words of a text that are stemmed: more than a book has."""
AT_ONCE = 2_000
"""Words that are stemmed at a time: a millisecond, during which the GIL is held."""

_COMMON = {
    "english": "the of and to is in that it for you with what how are this my i can",
    "german": "der die das und ist in zu den mit nicht ein eine wie ich für auf was sind",
    "french": "le la les de des et est un une que pour dans en du je comment qui sur",
    "spanish": "el la los las de que y en un una es por con para cómo se del mi",
    "italian": "il lo la gli di che e è un una per con del come non sono i le",
    "portuguese": "o a os as de que e em um uma é para com não do da como no",
    "dutch": "de het een en van is in dat op te hoe ik met voor niet zijn wat mijn",
    "swedish": "och att det som en är på av för med den jag hur inte ett till vad",
    "norwegian": "og i det på er som en til av for med at jeg ikke hvordan et hva",
    "danish": "og i det at på er som en til af for med jeg ikke hvordan et hvad",
    "finnish": "ja on ei että se mitä hän oli kun mutta ovat minun kuin miten",
    "polish": "i w na z się nie do to jest że jak co o dla mój po",
    "czech": "a v se na je že s z do to jak co o pro ale si",
    "romanian": "și în de la cu pe este un o nu care din pentru cum să mai",
    "hungarian": "a az és hogy nem egy van mi meg de ez hogyan vagy",
    "turkish": "ve bir bu da de için ne ile nas\u0131l mi çok ben var daha",
}
ALL = tuple(_COMMON)
"""All languages in Latin script that are stemmed."""
_BY_WORD = {
    word: [language for language, words in _COMMON.items() if word in words.split()]
    for words in _COMMON.values()
    for word in words.split()
}
_BY_SCRIPT = {
    "russian": re.compile("[\u0400-\u052f]"),
    "greek": re.compile("[\u0370-\u03ff\u1f00-\u1fff]"),
    "arabic": re.compile("[\u0600-\u06ff]"),
    "armenian": re.compile("[\u0530-\u058f]"),
    "hindi": re.compile("[\u0900-\u097f]"),
    "tamil": re.compile("[\u0b80-\u0bff]"),
}
_GUESSED = frozenset(_COMMON) - {"english"}
_LATIN = re.compile("[a-z\u00c0-\u024f\u1e00-\u1eff]")
_stemmers = local()


def languages(words: Iterable[str]) -> tuple[str, ...]:
    """The languages in Latin script that a text with these words may be written in."""
    sample = list(islice(words, SAMPLE))
    counts = _common_words(sample)
    most = max(counts.values(), default=0)
    if not most:
        return ALL if len(sample) < FEW else ("english",)
    if most < DECIDED:
        return tuple({**dict.fromkeys(counts), "english": None})
    return tuple(language for language in _COMMON if 2 * counts[language] > most)


def likeliest(words: Iterable[str], preferred: str = "english") -> str:
    """The language that a text with these words is most likely written in; the preferred one unless
    another is clearly likelier."""
    sample = list(islice(words, SAMPLE))
    by_script = Counter(language for word in sample for language in _of_script(word[0]))
    if 2 * by_script.total() > len(sample):
        return by_script.most_common(1)[0][0]
    counts = _common_words(sample)
    most = max(counts.values(), default=0)
    if most - counts[preferred] < CLEARLY:
        return preferred
    return next(language for language in _COMMON if counts[language] == most)


def _common_words(sample: Iterable[str]) -> Counter[str]:
    """How many words of a sample are among the commonest of each language."""
    counts: Counter[str] = Counter()
    for word, times in Counter(sample).items():
        for language in _BY_WORD.get(word, ()):
            counts[language] += times
    return counts


def stems(words: Iterable[str], spoken: Iterable[str] = ALL) -> dict[str, set[str]]:
    """The stems of each word that has any, in these languages if it is written in Latin script."""
    by_language: dict[str, list[str]] = defaultdict(list)
    for word in islice(words, STEMMED):
        if len(word) <= LONGEST_WORD:
            for language in spoken if _LATIN.match(word) else _of_script(word[0]):
                by_language[language].append(word)
    found: dict[str, set[str]] = defaultdict(set)
    for language, written in by_language.items():
        for start in range(0, len(written), AT_ONCE):
            part = written[start : start + AT_ONCE]
            kept = LEAST_KEPT if language in _GUESSED else 0
            for word, stem in zip(part, _stemmer(language).stemWords(part), strict=True):
                if len(stem) >= max(SHORTEST, kept * len(word)):
                    found[word].add(stem)
    return found


@cache
def _of_script(character: str) -> tuple[str, ...]:
    return tuple(name for name, letters in _BY_SCRIPT.items() if letters.match(character))


def _stemmer(language: str) -> Stemmer.Stemmer:
    """One for each thread, because a stemmer has state."""
    found: Stemmer.Stemmer | None = getattr(_stemmers, language, None)
    if found is None:
        found = Stemmer.Stemmer(language, 0)
        setattr(_stemmers, language, found)
    return found
