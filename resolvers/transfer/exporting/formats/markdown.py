"""Markdown for people: every text is a block quote that its content can't break out of."""

import json
import re

from resolvers.transfer.archive import (
    ArchivedSession,
    ArchivedTurn,
    ArchiveEntry,
    ArchiveHeader,
    MarkedTurn,
)
from resolvers.transfer.exporting.formats.commonmark import without_html

_LINE_END = re.compile(r"\r\n|\r|\n")
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_HTML = re.compile(r"<(?=[A-Za-z/!?])")


class MarkdownWriter:
    """Writes an archive as CommonMark."""

    def write(self, entry: ArchiveEntry) -> str:
        """The entry's part of the document, and an empty line."""
        match entry:
            case ArchiveHeader():
                return f"# Chats\n\nExported {entry.exported_at:%Y-%m-%d %H:%M:%S} UTC\n\n"
            case ArchivedSession():
                return _session(entry)
            case ArchivedTurn():
                return _turn(entry)
            case _:
                return ""

    def finish(self) -> str:
        """Nothing: every block is closed."""
        return ""


def _session(session: ArchivedSession) -> str:
    status = "deleted" if session.deleted_at else session.status
    facts = [f"Opened {session.created_at:%Y-%m-%d %H:%M:%S} UTC", status]
    if session.tags:
        facts.append(", ".join(map(plain, session.tags)))
    title = plain(session.title or session.derived_title or "Untitled")
    return f"## {title}\n\n{' · '.join(facts)}\n\n"


def _turn(turn: ArchivedTurn) -> str:
    model = f" · {plain(turn.model)}" if turn.model else ""
    mark = f" · {turn.mark}" if isinstance(turn, MarkedTurn) and turn.mark else ""
    parts = [f"### {turn.timestamp:%Y-%m-%d %H:%M:%S} UTC{model}{mark}"]
    if turn.text_saved:
        parts += ["**Question**", quoted(turn.query or "")]
        answer = "**Answer**" if turn.answered else "*The answer is awaited.*"
        parts += [answer, *([quoted(turn.response)] if turn.response else [])]
    else:
        parts.append("*The text was not saved.*")
    if turn.citations:
        sources = json.dumps(turn.citations, ensure_ascii=False, indent=2)
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", sources)), default=0))
        parts += ["**Sources**", f"{fence}json\n{sources}\n{fence}"]
    if turn.feedback:
        parts.append("**Judged good**" if turn.feedback.score else "**Judged bad**")
        parts += [quoted(turn.feedback.comment)] if turn.feedback.comment else []
    return "\n\n".join(parts) + "\n\n"


def plain(text: str) -> str:
    """One line of text as Markdown that shows exactly that text."""
    return _PUNCTUATION.sub(r"\\\1", " ".join(text.split()))


def quoted(text: str) -> str:
    """Markdown as a block quote. HTML in it shows as text; code and links stay as they are."""
    lines = without_html(text)
    if lines is None:
        lines = _LINE_END.split(_HTML.sub("&lt;", text))
    return "\n".join(f"> {line}" if line else ">" for line in lines)
