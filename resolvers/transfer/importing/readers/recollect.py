"""Our own archive, as one JSON document or as NDJSON."""

from typing import Any, BinaryIO, TypeAlias

from pydantic import ValidationError

from resolvers.transfer.archive import (
    VERSION,
    ArchivedAccount,
    ArchivedSession,
    ArchivedTurn,
)
from resolvers.transfer.importing.readers.documents import Layout, layout, samples
from resolvers.transfer.importing.readers.entries import (
    Entry,
    Finding,
    Findings,
    Omitted,
    Skipped,
    Stopped,
)
from resolvers.transfer.importing.readers.json_values import BadValue, Broken, JsonValues
from resolvers.transfer.importing.readers.lines import LINE_BYTES, lines

Kind: TypeAlias = type[ArchivedAccount] | type[ArchivedSession] | type[ArchivedTurn]

_SKIPPED: dict[Kind, type[ArchivedSession] | type[ArchivedTurn]] = {
    ArchivedSession: ArchivedSession,
    ArchivedTurn: ArchivedTurn,
}
KINDS: dict[Any, Kind] = {
    "account": ArchivedAccount,
    "session": ArchivedSession,
    "turn": ArchivedTurn,
}


def fits(value: dict[str, Any]) -> bool:
    """Whether a value looks like an archive, or a line of one."""
    return value.get("kind") in ("header", *KINDS) or isinstance(value.get("sessions"), list)


def fits_session(value: dict[str, Any]) -> bool:
    """Whether a value looks like a session in an archive."""
    return value.get("kind") == "session" or {"id", "createdAt"} <= value.keys()


def read(stream: BinaryIO) -> Findings:
    """The entries of an archive of either kind."""
    first = next(samples(stream, frozenset(["sessions"])), None)
    kind = first.value.get("kind") if first and isinstance(first.value, dict) else None
    stream.seek(0)
    whole = layout(stream) is Layout.OBJECT
    alone = whole and first is not None and first.member is None and kind in KINDS
    return read_document(stream) if whole and not alone else read_lines(stream)


def read_lines(stream: BinaryIO) -> Findings:
    """The entries of NDJSON."""
    for number, value in lines(stream):
        place = f"line {number}"
        if isinstance(value, BadValue):
            yield Skipped(place, f"The line can't be read: {value}.", Omitted.UNREADABLE_ENTRY)
            continue
        kind = str(value.get("kind")) if isinstance(value, dict) else ""
        if kind == "header":
            if stopped := _version(value, place):
                yield stopped
                return
        elif kind in KINDS:
            yield _entry(KINDS[kind], value, place)
        else:
            yield Skipped(place, "The line has no known kind.", Omitted.UNREADABLE_ENTRY, "kind")


def read_document(stream: BinaryIO) -> Findings:
    """The entries of a JSON document; a session's fields must come before its turns."""
    document = JsonValues(stream, LINE_BYTES)
    place = ["the file"]
    try:
        for name in document.members():
            if name == "sessions":
                for number in document.items():
                    place[0] = f"session {number}"
                    yield from _session(document, place)
                continue
            try:
                value = document.value()
            except BadValue as bad:
                yield Skipped(name[:50], f"This can't be read: {bad}.", Omitted.UNREADABLE_ENTRY)
                continue
            if name == "account" and value is not None:
                yield _entry(ArchivedAccount, value, "account")
            elif name == "version" and (stopped := _version({"version": value}, "version")):
                yield stopped
                return
        document.finish()
    except Broken as broken:
        yield Stopped(place[0], f"Reading stopped: {broken}.")


def _session(document: JsonValues, place: list[str]) -> Findings:
    """A session, then its turns one by one, however many there are."""
    where = place[0]
    if not document.next_is(b"{"):
        yield Skipped(where, "A session must be an object.", ArchivedSession)
        document.skip()
        return
    fields: dict[str, Any] = {}
    begun = False
    session_id: Any = None
    for name in document.members():
        if name == "turns" and document.next_is(b"["):
            begun = True
            session_id = fields.get("id")
            yield _entry(ArchivedSession, fields, where)
            for number in document.items():
                place[0] = f"{where}, turn {number}"
                yield _turn(document, session_id, place[0])
            continue
        try:
            fields[name] = document.value()
        except BadValue as bad:
            yield Skipped(where, f"This can't be read: {bad}.", Omitted.UNREADABLE_ENTRY, name[:50])
    if not begun:
        yield _entry(ArchivedSession, fields, where)


def _turn(document: JsonValues, session_id: Any, place: str) -> Finding:
    try:
        value = document.value()
    except BadValue as bad:
        return Skipped(place, f"The turn can't be read: {bad}.", ArchivedTurn)
    if isinstance(value, dict):
        value.setdefault("sessionId", session_id)
    return _entry(ArchivedTurn, value, place)


def _entry(kind: Kind, value: Any, place: str) -> Finding:
    """An entry, or the fields because of which it is none."""
    try:
        return Entry(place, kind.model_validate(value))
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False, include_context=False)[0]
        path = ".".join(map(str, wrong["loc"]))[:100]
        what = _SKIPPED.get(kind, Omitted.UNREADABLE_ENTRY)
        return Skipped(place, f"{path or 'It'}: {wrong['msg']}.", what, path or None)


def _version(value: dict[str, Any], place: str) -> Stopped | None:
    """Why an archive of another version can't be read; None if it can."""
    version = value.get("version", VERSION)
    if isinstance(version, int) and version <= VERSION:
        return None
    return Stopped(
        place,
        f"The archive is of version {str(version)[:20]}; this server reads up to {VERSION}. "
        "Update it.",
    )
