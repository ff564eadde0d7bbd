"""Chooses the media type of a response, from the two in the specification."""

from functools import lru_cache
from typing import NamedTuple

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
EVENTS = "text/event-stream"


RANGES = 50
"""The most media types read from an Accept header, and parameters from each."""
REMEMBERED = 32
"""Accept headers whose parsed form is cached, of at most 64 KiB each. A client repeats the same header."""


class Format(NamedTuple):
    """The format of a response.

    A caller who names application/json can only be sure that a status of 200 comes from this
    server, so every well-formed request gets 200 (`always_ok`). For callers who name no type the
    status reports errors.
    """

    media_type: str
    always_ok: bool


class _Range(NamedTuple):
    media_type: str
    quality: float
    position: int

    def specificity(self, offer: str) -> int | None:
        """How closely the range matches `offer`: 2 exactly, 1 by type, 0 by */*, None not at all."""
        ranges = {offer: 2, offer.partition("/")[0] + "/*": 1, "*/*": 0}
        return ranges.get(self.media_type)


DEFAULT = Format(JSON, always_ok=False)


@lru_cache(REMEMBERED)
def negotiate(accept: str | None) -> Format | None:
    """The format that an Accept header asks for; None if it accepts neither type."""
    if accept is None or not accept.strip():
        return DEFAULT
    ranges = [_range(entry, position) for position, entry in enumerate(_entries(accept))]
    best: tuple[float, int, int] | None = None
    chosen = None
    for offer in (JSON, GRAPHQL):
        matches = [(s, r) for r in ranges if (s := r.specificity(offer)) is not None]
        if not matches:
            continue
        specificity, found = max(matches, key=lambda match: (match[0], match[1].quality))
        rank = (found.quality, specificity, -found.position)
        if found.quality > 0 and (best is None or rank > best):
            best, chosen = rank, Format(offer, always_ok=offer == JSON and specificity == 2)
    return chosen


@lru_cache(REMEMBERED)
def accepts_events(accept: str | None) -> bool:
    """Whether the caller accepts server-sent events."""
    return accepts(accept, EVENTS)


def accepts_html(accept: str | None) -> bool:
    """Whether a browser requests a page."""
    return accepts(accept, "text/html")


def accepts(accept: str | None, media_type: str) -> bool:
    """Whether an Accept header names a media type and does not refuse it."""
    ranges = [_range(entry, 0) for entry in _entries(accept or "")]
    return any(each.media_type == media_type and each.quality > 0 for each in ranges)


def parse_media_type(text: str) -> tuple[str, dict[str, str]]:
    """A media type and its parameters, in lower case."""
    media_type, *rest = (part.strip().lower() for part in text.split(";", RANGES)[:RANGES])
    parameters = {}
    for part in rest:
        name, _, value = part.partition("=")
        parameters[name.strip()] = value.strip().strip('"')
    return media_type, parameters


def is_utf8(parameters: dict[str, str]) -> bool:
    """Whether the parameters of a media type allow UTF-8, this server's only encoding."""
    return parameters.get("charset", "utf-8") in ("utf-8", "utf8")


def _entries(accept: str) -> list[str]:
    return accept.split(",", RANGES)[:RANGES]


def _range(entry: str, position: int) -> _Range:
    media_type, parameters = parse_media_type(entry)
    quality = _quality(parameters.get("q", "1")) if is_utf8(parameters) else 0
    return _Range(media_type, quality, position)


def _quality(value: str) -> float:
    try:
        quality = float(value)
    except ValueError:
        return 0
    return quality if 0 <= quality <= 1 else 0
