"""Puts a user's own text into Markdown without its being read as Markdown."""

import re
from collections.abc import Sequence

from client.api.fragments import SessionRow, SnippetPiece

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def plain(text: str) -> str:
    """One line of Markdown that shows `text` as it is."""
    return _PUNCTUATION.sub(r"\\\1", text.replace("\n", " "))


def title(session: SessionRow) -> str:
    """A session's title as Markdown."""
    return plain(session.title or "Untitled session")


def turns(count: int) -> str:
    """A number of turns in words."""
    return "1 turn" if count == 1 else f"{count} turns"


def snippet(pieces: Sequence[SnippetPiece]) -> str:
    """An excerpt as Markdown with what matched marked."""
    return "".join(
        f":yellow-background[{plain(piece.text)}]" if piece.highlighted else plain(piece.text)
        for piece in pieces
    )
