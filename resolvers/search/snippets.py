"""Excerpts that show why a search found a text."""

import re
from dataclasses import dataclass

from analytics.search_text import normalise

LEAD = 60
LENGTH = 200


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of an excerpt; what matched is highlighted."""

    text: str
    highlighted: bool


def _expression(wanted: list[str]) -> re.Pattern[str]:
    """Finds in running text what `analytics.search_text.patterns` finds in search text."""
    parts = []
    for pattern in sorted(wanted, key=len, reverse=True):
        start = r"(?<!\w)" if pattern.startswith(" ") else ""
        end = r"(?!\w)" if pattern.endswith(" ") else ""
        parts.append(f"{start}{re.escape(pattern.strip())}{end}")
    return re.compile("|".join(parts), re.IGNORECASE)


def snippet(text: str, wanted: list[str]) -> list[Fragment]:
    """About 200 characters of `text` around its first match, in order.

    Where a match shows only in the normalised text (a ligature, 'ß' for 'ss'), the excerpt is of that.
    """
    expression = _expression(wanted)
    first = expression.search(text)
    if first is None:
        text = normalise(text)
        first = expression.search(text)
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
