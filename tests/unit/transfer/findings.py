"""The findings in a file of another system, for tests of the readers."""

import io
import json
from datetime import UTC, datetime
from typing import Any

from resolvers.transfer.archive import ArchivedSession, ArchivedTurn
from resolvers.transfer.importing.readers.entries import (
    Entry,
    Finding,
    LeftOut,
    Omitted,
)
from resolvers.transfer.importing.readers.files import read_file

OWNER = "anna@example.com"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def read(content: Any) -> list[Finding]:
    """The findings in a file, given as bytes, as text, or as a value that is written as JSON."""
    if not isinstance(content, bytes):
        content = (content if isinstance(content, str) else json.dumps(content)).encode()
    return list(read_file(io.BytesIO(content), None, OWNER, NOW))


def turns(found: list[Finding], *, shown: bool = True) -> list[ArchivedTurn]:
    return [
        each.record
        for each in found
        if isinstance(each, Entry) and isinstance(each.record, ArchivedTurn) and each.shown is shown
    ]


def sessions(found: list[Finding]) -> list[ArchivedSession]:
    records = [each.record for each in found if isinstance(each, Entry)]
    return [record for record in records if isinstance(record, ArchivedSession)]


def said(found: list[Finding]) -> list[tuple[str | None, str | None]]:
    return [(turn.query, turn.response) for turn in turns(found)]


def left_out(found: list[Finding]) -> dict[Omitted, int]:
    counts: dict[Omitted, int] = {}
    for each in found:
        if isinstance(each, LeftOut):
            counts[each.what] = counts.get(each.what, 0) + each.count
    return counts
