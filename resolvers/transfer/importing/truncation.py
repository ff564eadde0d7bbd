"""Makes a file's turn fit the limits. A text that is too long is cut, with a note; everything else that is
too large is left out."""

import unicodedata
from collections.abc import Iterator
from typing import Any, NamedTuple

from resolvers.input_limits import (
    CITATIONS_BYTES,
    COMMENT_BYTES,
    METADATA_BYTES,
    QUERY_BYTES,
    RESPONSE_BYTES,
    TURN_BYTES,
    size,
)
from resolvers.transfer.archive import ArchivedTurn
from resolvers.transfer.importing.readers.entries import Omitted

BOUNDARIES = ("\n\n", "\n", ". ", " ")
"""Where a text may be cut, best first."""
LOOKED_BACK = 4096
"""How many characters at the end of a text are searched for a boundary."""
NOTE = "\n\n[… shortened when it was imported: it had {} bytes]"


class Fitted(NamedTuple):
    """A part of a turn that did not fit."""

    what: Omitted
    field: str
    message: str


def fitted(turn: ArchivedTurn) -> tuple[ArchivedTurn, list[Fitted]]:
    """A turn within the limits, and the parts that had to be left out."""
    changes: dict[str, Any] = {}
    notes = list(_fields(turn, changes))
    after = turn.model_copy(update=changes)
    parts = (after.query, after.response, after.citations, after.metadata)
    excess = sum(size(part) for part in parts if part) - TURN_BYTES
    if excess > 0:
        response = after.response or ""
        after = after.model_copy(update={"response": shortened(response, size(response) - excess)})
        notes.append(_shortened("response", size(response), size(response) - excess))
    return after, notes


def _fields(turn: ArchivedTurn, changes: dict[str, Any]) -> Iterator[Fitted]:
    for name, text, limit in (
        ("query", turn.query, QUERY_BYTES),
        ("response", turn.response, RESPONSE_BYTES),
    ):
        if text and size(text) > limit:
            changes[name] = shortened(text, limit)
            yield _shortened(name, size(text), limit)
    comment = turn.feedback.comment if turn.feedback else None
    if turn.feedback and comment and size(comment) > COMMENT_BYTES:
        short = shortened(comment, COMMENT_BYTES)
        changes["feedback"] = turn.feedback.model_copy(update={"comment": short})
        yield _shortened("feedback.comment", size(comment), COMMENT_BYTES)
    if size(turn.metadata) > METADATA_BYTES:
        changes["metadata"] = {}
        yield _left_out("metadata", size(turn.metadata), METADATA_BYTES)
    if size(turn.citations) > CITATIONS_BYTES:
        changes["citations"] = _first(turn.citations)
        yield _left_out("citations", size(turn.citations), CITATIONS_BYTES)


def _first(citations: list[Any]) -> list[Any]:
    """As many citations as fit, starting with the first."""
    room = CITATIONS_BYTES - len("[]")
    for number, each in enumerate(citations):
        room -= size(each) + len(", ")
        if room < 0:
            return citations[:number]
    return citations


def shortened(text: str, limit: int) -> str:
    """A text cut to at most `limit` bytes, at a boundary if one is near, with a note that it was cut."""
    note = NOTE.format(size(text))
    kept = text.encode()[: max(0, limit - len(note.encode()))].decode(errors="ignore")
    near = max(0, len(kept) - LOOKED_BACK)
    for boundary in BOUNDARIES:
        at = kept.rfind(boundary, near)
        if at > 0:
            return f"{kept[: at + len(boundary)].rstrip()}{note}"
    end = len(kept)
    while end and _goes_on(text[end]):
        end -= 1
    return f"{kept[:end]}{note}"


def _goes_on(character: str) -> bool:
    """Whether a character combines with the one before it."""
    joined = character in "\u200d\ufe0f" or "\U0001f3fb" <= character <= "\U0001f3ff"
    return joined or unicodedata.combining(character) > 0


def _shortened(name: str, had: int, limit: int) -> Fitted:
    message = f"{name} has {had} bytes of UTF-8; the limit is {limit}. It was shortened."
    return Fitted(Omitted.SHORTENED_TEXT, name, message)


def _left_out(name: str, had: int, limit: int) -> Fitted:
    message = f"{name} has {had} bytes as JSON; the limit is {limit}. The rest was left out."
    return Fitted(Omitted.OVER_LIMIT, name, message)
