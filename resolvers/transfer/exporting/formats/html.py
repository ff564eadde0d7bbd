"""HTML for people: one file without scripts, in which every text is escaped."""

import base64
import hashlib
import json
from html import escape

from resolvers.transfer.archive import (
    ArchivedSession,
    ArchivedTurn,
    ArchiveEntry,
    ArchiveHeader,
    MarkedTurn,
)
from resolvers.transfer.exporting.formats.commonmark import rendered

_STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 48rem; margin: 2rem auto; padding: 0 1rem; }
section { margin-top: 3rem; border-top: 1px solid; }
h2, .text { overflow-wrap: anywhere; }
.text { white-space: pre-wrap; margin: .5rem 0; padding: .5rem 1rem; border-radius: .5rem; }
.answer { margin: .5rem 0; padding: 0 1rem; overflow-wrap: anywhere; }
.plain, pre { white-space: pre-wrap; }
table { border-collapse: collapse; }
th, td { border: 1px solid; padding: .25rem .5rem; }
blockquote { border-left: .25rem solid; margin-left: 0; padding-left: 1rem; }
.question { background: color-mix(in srgb, currentColor 10%, transparent); }
.note { opacity: .75; font-size: .85rem; }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'"
)
CONTENT_POLICY = f"{_POLICY}; frame-ancestors 'none'; sandbox"
"""For the response header. The document itself contains the part that also works without one."""
_BEGIN = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width">
<meta name="referrer" content="no-referrer">
<title>Chats</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>Chats</h1>
"""


class HTMLWriter:
    """Writes an archive as a page."""

    def __init__(self) -> None:
        self._in_session = False

    def write(self, entry: ArchiveEntry) -> str:
        """The entry's part of the page; a session stays open for its turns."""
        match entry:
            case ArchiveHeader():
                return f'{_BEGIN}<p class="note">Exported {entry.exported_at:%Y-%m-%d %H:%M:%S} UTC</p>\n'
            case ArchivedSession():
                before = self._closed()
                self._in_session = True
                return before + _session(entry)
            case ArchivedTurn():
                return _turn(entry)
            case _:
                return ""

    def finish(self) -> str:
        """Close everything that is open."""
        return f"{self._closed()}</body>\n</html>\n"

    def _closed(self) -> str:
        return "</section>\n" if self._in_session else ""


def _session(session: ArchivedSession) -> str:
    title = escape(session.title or session.derived_title or "Untitled")
    status = "deleted" if session.deleted_at else session.status
    facts = [f"Opened {session.created_at:%Y-%m-%d %H:%M:%S} UTC", status, *session.tags]
    note = escape(" · ".join(facts))
    return (
        f'<section>\n<h2 dir="auto" lang="">{title}</h2>\n<p class="note" dir="auto">{note}</p>\n'
    )


def _turn(turn: ArchivedTurn) -> str:
    model = f" · {escape(turn.model)}" if turn.model else ""
    parts = [
        f'<article>\n<p class="note">{turn.timestamp:%Y-%m-%d %H:%M:%S} UTC{model}{_mark(turn)}</p>'
    ]
    if turn.text_saved:
        parts.append(_text("question", turn.query or ""))
        parts.append(
            _markdown("answer", turn.response or "") if turn.answered else _note("Not answered")
        )
    else:
        parts.append(_note("The text was not saved."))
    if turn.citations:
        sources = json.dumps(turn.citations, ensure_ascii=False, indent=2)
        parts.append(
            f"<details>\n<summary>Sources</summary>\n{_text('sources', sources)}\n</details>"
        )
    if turn.feedback:
        parts.append(_note("Judged good" if turn.feedback.score else "Judged bad"))
        parts += [_text("comment", turn.feedback.comment)] if turn.feedback.comment else []
    return "\n".join([*parts, "</article>\n"])


def _mark(turn: ArchivedTurn) -> str:
    return f" · {turn.mark}" if isinstance(turn, MarkedTurn) and turn.mark else ""


def _text(kind: str, text: str) -> str:
    """A text in an unknown language, with the direction set for each line."""
    return f'<div class="text {kind}" dir="auto" lang="">{escape(text)}</div>'


def _markdown(kind: str, text: str) -> str:
    """A text in Markdown, rendered."""
    return f'<div class="{kind}" dir="auto" lang="">{rendered(text)}</div>'


def _note(text: str) -> str:
    return f'<p class="note">{text}</p>'
