"""Puts text of users, and of what answers them, into Markdown that does no more than show it."""

import html
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from client.api.fragments import SessionRow, SnippetPiece
from client.formatting.excerpts import readable

_BLANK = re.compile(r"(\n[ \t]*\n)")
_FENCE = re.compile(r"((?:`{3,}|~{3,})[ \t]*)([^ \t\r\n]+)")
_DESTINATION = re.compile(r"((?:\]\(|\]:|<)[\s>]*<?)([\w+.&#;\\ \t-]*:?)")
_UNSEEN = re.compile(r"[\x00-\x20\\]")
_CARRIERS = ("blob:", "data:", "file:", "filesystem:")
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def plain(text: str) -> str:
    """One line of Markdown that shows `text` as it is."""
    return _PUNCTUATION.sub(r"\\\1", text.replace("\n", " "))


def imageless(markdown: str) -> str:
    """Markdown that loads nothing when it is shown: images become links, diagrams their source.

    Who is named by an image's address would learn who reads it and when, and what the address carries.
    A link that carries its content, or leads to a file, becomes text.
    """
    markdown = _DESTINATION.sub(_only_to_the_web, _FENCE.sub(_undrawn, markdown))
    # A paragraph ends with a blank line, and an image lies in one, unless it is defined elsewhere.
    defined = "]:" in markdown
    return "".join(
        _without_images(part, len(part) if defined else max(part.rfind("]("), part.rfind("][")))
        for part in _BLANK.split(markdown)
    )


def _without_images(part: str, end: int) -> str:
    return part[:end].replace("![", "! [") + part[end:] if end > 0 else part


def _undrawn(fence: re.Match[str]) -> str:
    """Streamlit draws a fenced block as a diagram if its language begins so."""
    marks, language = fence.groups()
    return f"{marks}text" if "mermaid" in html.unescape(language).lower() else fence[0]


def _only_to_the_web(link: re.Match[str]) -> str:
    """Browsers overlook control characters in an address, and Markdown decodes escapes in it."""
    opening, written = link.groups()
    address = _UNSEEN.sub("", html.unescape(written)).lower()
    return re.sub("([]<])", r"\1 ", opening) + written if address.startswith(_CARRIERS) else link[0]


def title(session: SessionRow) -> str:
    """A session's title as Markdown."""
    return plain(session.title or "Untitled session")


def turns(count: int) -> str:
    """A number of turns in words."""
    return "1 turn" if count == 1 else f"{count} turns"


def sessions(count: int) -> str:
    """A number of sessions in words."""
    return "1 session" if count == 1 else f"{count} sessions"


def snippet(pieces: Sequence[SnippetPiece]) -> str:
    """An excerpt of Markdown as one line that reads as text, with what matched marked."""
    return "".join(
        f":yellow-background[{plain(text)}]" if highlighted else plain(text)
        for text, highlighted in readable(pieces)
    )


def sources(citations: Any) -> str:
    """The sources of an answer as a Markdown list; addresses of the web are links, nothing else is."""
    return "\n".join(f"- {_source(citation)}" for citation in citations)


def _source(citation: Any) -> str:
    if not isinstance(citation, dict):
        return plain(str(citation))
    place = str(citation.get("source") or citation.get("uri") or "")
    name = str(citation.get("title") or place)
    if urlsplit(place).scheme in {"http", "https"}:
        return f"[{plain(name)}](<{place.translate(_NOT_IN_A_LINK)}>)"
    return f"{plain(name)} ({plain(place)})" if place != name else plain(name)


_NOT_IN_A_LINK = str.maketrans({"<": "%3C", ">": "%3E", "\n": "", "\r": "", "\\": "%5C"})
