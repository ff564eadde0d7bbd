"""CSV for spreadsheets: RFC 4180 with one row per turn, in UTF-8 with a byte order mark.

Excel needs the mark to recognise UTF-8; programs should read the file as `utf-8-sig`. The format is
lossy: a session without turns has no row, and a cell that a spreadsheet would execute gets an
apostrophe in front.
"""

import csv
import io
import json
import re
from typing import Any

from resolvers.transfer.archive import (
    ArchivedSession,
    ArchivedTurn,
    ArchiveEntry,
    ArchiveHeader,
    MarkedTurn,
)

COLUMNS = (
    "session_id",
    "session_title",
    "session_status",
    "session_tags",
    "session_created_at",
    "conversation_id",
    "timestamp",
    "recorded_at",
    "query",
    "response",
    "answered",
    "response_time_ms",
    "first_token_ms",
    "model",
    "input_tokens",
    "output_tokens",
    "finish_reason",
    "feedback_score",
    "feedback_comment",
    "citations",
    "metadata",
    "branch",
    "version",
    "versions",
    "on_shown_path",
)
CELL_CHARACTERS = 32_767
"""https://support.microsoft.com/en-us/office/excel-specifications-and-limits"""
_BYTE_ORDER_MARK = "\ufeff"
# Characters that spreadsheets skip: white space, quotes, control and invisible characters, direction marks.
_SKIPPED = (
    r"\s\x00-\x1f\x7f\"'`\u00ad\u034f\u061c\u115f\u1160\u180b-\u180f\u2018-\u201f\u200b-\u200f"
    r"\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
)
# = + - @, also as full-width and small forms, and the minus sign.
_SIGNS = r"=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212"
_EXECUTED = re.compile(rf"[{_SKIPPED},;|:]*[{_SIGNS}]|[\t\r\n]")
# Where a semicolon separates cells, as in half of Europe, a semicolon in our cell begins a new one.
_SEPARATED = re.compile(rf"(?<=[^{_SKIPPED};])([{_SKIPPED}]*;[{_SKIPPED};]*)(?=[{_SIGNS}])")


def harmless(text: str) -> str:
    """The text, with an apostrophe wherever a spreadsheet could take what follows for a formula."""
    inside = _SEPARATED.sub(r"\1'", text)
    return f"'{inside}" if _EXECUTED.match(text) else inside


def bounded(text: str) -> str:
    """The text cut to the limit of a cell in Excel, which counts UTF-16 units, with a mark at its end."""
    encoded = text.encode("utf-16-le", "replace")
    if len(encoded) <= 2 * CELL_CHARACTERS:
        return text
    mark = f" [… {len(encoded) // 2} characters]"
    return encoded[: 2 * (CELL_CHARACTERS - len(mark))].decode("utf-16-le", "ignore") + mark


class CSVWriter:
    """Writes the turns of an archive as a table."""

    def __init__(self) -> None:
        self._session: tuple[Any, ...] = ()

    def write(self, entry: ArchiveEntry) -> str:
        """The header row, or a turn's row."""
        match entry:
            case ArchiveHeader():
                return _BYTE_ORDER_MARK + _row(COLUMNS)
            case ArchivedSession():
                self._session = (
                    entry.id,
                    entry.title or entry.derived_title,
                    "deleted" if entry.deleted_at else entry.status,
                    ", ".join(entry.tags),
                    entry.created_at.isoformat(),
                )
                return ""
            case ArchivedTurn():
                return _row((*self._session, *_cells(entry)))
            case _:
                return ""

    def finish(self) -> str:
        """Nothing: the table ends with its last row."""
        return ""


def _cells(turn: ArchivedTurn) -> tuple[Any, ...]:
    return (
        turn.id,
        turn.timestamp.isoformat(),
        turn.recorded_at.isoformat(),
        turn.query,
        turn.response,
        "true" if turn.answered else "false",
        turn.response_time_ms,
        turn.first_token_ms,
        turn.model,
        turn.input_tokens,
        turn.output_tokens,
        turn.finish_reason,
        turn.feedback.score if turn.feedback else None,
        turn.feedback.comment if turn.feedback else None,
        json.dumps(turn.citations, ensure_ascii=False) if turn.citations else None,
        json.dumps(turn.metadata, ensure_ascii=False) if turn.metadata else None,
        *(_place(turn) if isinstance(turn, MarkedTurn) else [None] * 4),
    )


def _place(turn: MarkedTurn) -> tuple[Any, ...]:
    shown = "true" if turn.on_shown_path else "false"
    return turn.branch, turn.version, turn.versions, shown


def _row(cells: tuple[Any, ...]) -> str:
    line = io.StringIO(newline="")
    texts = (bounded(harmless(cell)) if isinstance(cell, str) else cell for cell in cells)
    csv.writer(line, quoting=csv.QUOTE_ALL).writerow(texts)
    return line.getvalue()
