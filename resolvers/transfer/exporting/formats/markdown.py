"""Markdown for people: every text is a block quote, which nothing in it can leave."""

import json
import re

from resolvers.transfer.archive import ArchivedSession, ArchivedTurn, ArchiveEntry, ArchiveHeader

_LINE_END = re.compile(r"\r\n|\r|\n")
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_HTML = re.compile(r"<(?=[A-Za-z/!?])")
_FENCE = re.compile(r"(`{3,})[^`]*|(~{3,}).*")
_CLOSING = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*")


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
    parts = [f"### {turn.timestamp:%Y-%m-%d %H:%M:%S} UTC"]
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
    """One line of text as Markdown that shows just that text."""
    return _PUNCTUATION.sub(r"\\\1", " ".join(text.split()))


def quoted(text: str) -> str:
    """Markdown as a block quote. HTML in it shows as text; in fenced code it stays as it is.

    Only a fence at the beginning of a line is known as one: it can't be part of a list, which would
    end it early and let HTML through.
    """
    lines: list[str] = []
    fence = ""
    for line in _LINE_END.split(text):
        if fence:
            closing = _CLOSING.fullmatch(line)
            code = True
            if closing and closing[1].startswith(fence):
                fence = ""
        else:
            opening = _FENCE.fullmatch(line)
            code = opening is not None
            fence = (opening[1] or opening[2]) if opening else ""
        shown = line if code else _HTML.sub("&lt;", line)
        lines.append(f"> {shown}" if shown else ">")
    return "\n".join(lines)
