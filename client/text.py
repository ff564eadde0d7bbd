"""Puts a user's own text into Markdown without its being read as Markdown."""

import re

from client.listing import Row

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def plain(text: str) -> str:
    """One line of Markdown that shows `text` as it is."""
    return _PUNCTUATION.sub(r"\\\1", text.replace("\n", " "))


def title(session: Row) -> str:
    """A session's title as Markdown."""
    return plain(session["title"] or "Untitled session")


def turns(count: int) -> str:
    """A number of turns in words."""
    return "1 turn" if count == 1 else f"{count} turns"


def snippet(fragments: list[Row]) -> str:
    """An excerpt as Markdown with what matched marked."""
    return "".join(
        f":yellow-background[{plain(piece['text'])}]"
        if piece["highlighted"]
        else plain(piece["text"])
        for piece in fragments
    )
