"""Turns users' titles, excerpts and sources into Markdown that only displays them."""

from collections.abc import Sequence

from client.api.fragments import SessionRow, SnippetPiece, Turn, TurnCitations
from client.formatting.answer_text import link
from client.formatting.answer_text import plain as plain
from client.formatting.excerpts import readable
from client.wording import _, ngettext


def title(session: SessionRow) -> str:
    """A session's title as Markdown."""
    return plain(session.title or _("Untitled session"))


def turns(count: int) -> str:
    """A number of turns in words."""
    return ngettext("{count} turn", "{count} turns", count)


def sessions(count: int) -> str:
    """A number of sessions in words."""
    return ngettext("{count} session", "{count} sessions", count)


def snippet(pieces: Sequence[SnippetPiece]) -> str:
    """An excerpt of Markdown as one line of plain text, with the matches marked."""
    return "".join(
        f":yellow-background[{plain(text)}]" if highlighted else plain(text)
        for text, highlighted in readable(pieces)
    )


def sources(citations: Sequence[TurnCitations]) -> str:
    """The sources of an answer as a Markdown list, with links and snippets."""
    return "\n".join(f"{position}. {_source(each)}" for position, each in enumerate(citations, 1))


def as_markdown(rows: Sequence[Turn]) -> str:
    """A chat as text to paste elsewhere, without text that is not kept. `rows` are turns, newest first."""
    said = [text for turn in reversed(rows) for text in _said(turn)]
    return "\n\n".join(said)


def _said(turn: Turn) -> list[str]:
    you = _("You:")
    asked = [f"**{you}** {turn.query}"] if turn.query is not None else []
    return [*asked, turn.response] if turn.response is not None else asked


def _source(citation: TurnCitations) -> str:
    address = citation.uri or ""
    name = citation.title or address or _("Untitled source")
    shown = link(plain(name), address)
    if shown == plain(name) and address != name and address:
        shown += f" ({plain(address)})"
    said = (citation.snippet or "").strip()
    return f"{shown}  \n   {plain(said)}" if said else shown
