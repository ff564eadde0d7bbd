"""Resolves the markers that ChatGPT leaves in its answers: sources become citations, names stay text."""

import re
from collections.abc import Iterator
from typing import Any

from resolvers.transfer.importing.readers.json_values import BadValue, parse
from resolvers.transfer.importing.readers.messages import (
    citation,
    citations,
    list_of,
    object_of,
    text_of,
)

_MARK = re.compile("\ue200([^\ue200\ue201]*)\ue201|\u3010[^\u3010\u3011\n]{1,200}\u3011")
_SIGNS = re.compile("[\ue200-\ue206]")
_PLACE = re.compile(r"turn\d+[a-z_]+\d+")
_LEFT_OUT = "\ue206"
_BREAKS = " \t\n.,;:!?)"


def referenced(text: str, metadata: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A text without markers, and its citations as a field of the turn.

    A marker is replaced by the text it stands for. One that only points to sources is removed, unless it is
    readable and its sources have no address.
    """
    references = [each for each in list_of(metadata.get("content_references")) if _matched(each)]
    by_mark = {_matched(each): each for each in references}
    sources: list[dict[str, Any] | None] = []
    for each in references:
        sources += _sources(each)
    for old in list_of(metadata.get("citations")):
        given = object_of(object_of(old).get("metadata"))
        sources.append(citation(given.get("title"), given.get("url")))

    def resolved(mark: re.Match[str]) -> str:
        reference = object_of(by_mark.get(mark[0]))
        if mark[1] is None:
            addressed = any("uri" in source for source in _sources(reference))
            return _LEFT_OUT if addressed else mark[0]
        return _name(mark[1], reference) or _LEFT_OUT

    marked = _MARK.sub(resolved, text.replace(_LEFT_OUT, ""))
    return _SIGNS.sub("", _closed_up(marked)), citations(sources)


def _closed_up(text: str) -> str:
    """A text without the removed parts; where spaces surround one, only one space stays."""
    first, *others = text.split(_LEFT_OUT)
    pieces = [first]
    for piece in others:
        if not piece or piece[0] in _BREAKS:
            pieces[-1] = pieces[-1].rstrip(" \t")
        pieces.append(piece)
    return "".join(pieces)


def _matched(reference: Any) -> str | None:
    return text_of(object_of(reference).get("matched_text"))


def _name(mark: str, reference: dict[str, Any]) -> str | None:
    """The text a marker stands for: a name, or the text of a link."""
    kind, *given = mark.split("\ue202")
    if kind == "entity" or reference.get("type") == "entity":
        return text_of(reference.get("name")) or _entity("".join(given[:1]))
    words = [
        each for each in given if not _PLACE.fullmatch(each) and each[:1] not in ("[", "{", "")
    ]
    return _SIGNS.sub("", words[0]) if kind in ("url", "link", "link_title") and words else None


def _entity(given: str) -> str | None:
    try:
        said = list_of(parse(given.encode()))
    except BadValue:
        return None
    return text_of(said[1]) if len(said) > 1 else None


def _sources(reference: Any) -> Iterator[dict[str, Any]]:
    """The sources in a reference that have an address."""
    given = object_of(reference)
    seen: set[str] = set()
    for item in [given, *list_of(given.get("items")), *list_of(given.get("sources"))]:
        for each in [item, *list_of(object_of(item).get("supporting_websites"))]:
            found = object_of(each)
            source = citation(found.get("title"), found.get("url"))
            if source and "uri" in source:
                seen.add(source["uri"])
                yield source
    for uri in list_of(given.get("safe_urls")):
        source = citation(None, uri)
        if source and uri not in seen:
            yield source
