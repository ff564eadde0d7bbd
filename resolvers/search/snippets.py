"""Excerpts that show why a text matched a search."""

import re
from dataclasses import dataclass

from analytics.search_text import normalise

LEAD = 60
LENGTH = 200


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of an excerpt, highlighted if it matched."""

    text: str
    highlighted: bool


WINDOW = 16_384
"""Characters that are searched at a time, with the interpreter lock held."""


def _expression(wanted: list[str]) -> re.Pattern[str]:
    """An expression that matches in ordinary text what the patterns match in search text."""
    words = "|".join(
        re.escape(pattern.strip()) + (r"(?!\w)" if pattern.endswith(" ") else "")
        for pattern in sorted(set(wanted), key=len, reverse=True)
        if pattern.startswith(" ")
    )
    anywhere = [re.escape(pattern) for pattern in set(wanted) if not pattern.startswith(" ")]
    # One character rules out most positions of a text; there can be up to a hundred words.
    begins = "".join({re.escape(pattern[1]) for pattern in wanted if pattern.startswith(" ")})
    parts = [rf"(?=[{begins}])(?<!\w)(?:{words})"] if words else []
    return re.compile("|".join([*parts, *sorted(anywhere, key=len, reverse=True)]), re.IGNORECASE)


def _first(expression: re.Pattern[str], text: str, longest: int) -> re.Match[str] | None:
    """The first match in a text, of at most `longest` characters."""
    for start in range(0, len(text), WINDOW):
        found = expression.search(text, start, start + WINDOW + longest + 1)
        if found is not None and found.start() < start + WINDOW:
            return found
    return None


def snippet(text: str, wanted: list[str]) -> list[Fragment]:
    """About 200 characters of `text` around its first match, in order; its beginning if `wanted` is empty.

    If only the normalised text matches (a ligature, 'ß' for 'ss'), the excerpt is taken from that.
    """
    if not wanted:
        return [Fragment(text[:LENGTH] + ("…" if len(text) > LENGTH else ""), False)]
    expression, longest = _expression(wanted), max(map(len, wanted))
    first = _first(expression, text, longest)
    if first is None:
        text = normalise(text)
        first = _first(expression, text, longest)
    begin = max(0, first.start() - LEAD) if first else 0
    if begin:
        space = text.find(" ", begin, begin + LEAD // 2)
        begin = space + 1 if space >= 0 else begin
    end = min(len(text), begin + LENGTH)
    fragments = [Fragment("…", False)] if begin else []
    at = begin
    for match in expression.finditer(text, begin, end):
        if match.start() > at:
            fragments.append(Fragment(text[at : match.start()], False))
        fragments.append(Fragment(match.group(), True))
        at = match.end()
    rest = text[at:end] + ("…" if end < len(text) else "")
    return [*fragments, Fragment(rest, False)] if rest else fragments
