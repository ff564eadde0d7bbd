"""Finds the chats in a file: in an array, one per line, in a member of an object, or a single one."""

import json
from collections.abc import Iterator
from enum import Enum
from typing import Any, BinaryIO, NamedTuple

from resolvers.transfer.importing.readers.json_values import (
    BOM,
    CHUNK,
    SAMPLE_ITEMS,
    BadValue,
    Broken,
    JsonValues,
    Light,
    parse,
)
from resolvers.transfer.importing.readers.lines import LINE_BYTES, lines

LOOKED_AT = 20
"""How many chats are examined to recognise the format, if the first ones can't be read."""
NAMES = 6
"""How many members of an object are named when its format is not recognised."""


class Layout(Enum):
    """How a file holds its values."""

    ARRAY = "a JSON array"
    LINES = "JSON lines"
    OBJECT = "a JSON object"


class Sample(NamedTuple):
    """A value of a file, examined without reading all of it."""

    value: Any
    member: str | None
    """The member of the file's object whose array contains the value."""


def layout(stream: BinaryIO) -> Layout:
    """How a file holds its values. The stream is at its beginning before and after."""
    start = JsonValues(stream)
    opening = next((form for form in (b"[", b"{") if start.next_is(form)), None)
    stream.seek(0)
    if opening == b"[":
        return Layout.ARRAY
    try:
        return Layout.OBJECT if opening and not _has_lines(stream) else Layout.LINES
    finally:
        stream.seek(0)


def _has_lines(stream: BinaryIO) -> bool:
    """Whether the first or second line is a complete value and not the only one."""
    for number in range(2):
        line = stream.readline(LINE_BYTES + 1)
        too_long = len(line) > LINE_BYTES
        while too_long and line and not line.endswith(b"\n"):
            line = stream.readline(LINE_BYTES)
        try:
            if not too_long:
                parse(line.removeprefix(BOM))
        except BadValue:
            continue
        return number > 0 or any(rest.strip() for rest in iter(lambda: stream.readline(CHUNK), b""))
    return False


def samples(stream: BinaryIO, members: frozenset[str]) -> Iterator[Sample]:
    """The first values of a file, or of the arrays in these members of its object. Ends early if the file
    can't be parsed."""
    try:
        match layout(stream):
            case Layout.LINES:
                for number, value in lines(stream):
                    yield Sample(value, None)
                    if number == LOOKED_AT:
                        return
            case Layout.ARRAY:
                document = JsonValues(stream)
                for number in document.items():
                    yield Sample(document.sample(), None)
                    if number == LOOKED_AT:
                        return
            case Layout.OBJECT:
                yield from _of_object(stream, members)
    except Broken:
        return


def _of_object(stream: BinaryIO, members: frozenset[str]) -> Iterator[Sample]:
    document = JsonValues(stream)
    whole: dict[str, Any] = {}
    for name in document.members():
        if name in members and document.next_is(b"["):
            whole[name] = []
            for number in document.items():
                if number > LOOKED_AT:
                    document.skip()
                    continue
                whole[name].append(document.sample())
                yield Sample(whole[name][-1], name)
        elif len(whole) < SAMPLE_ITEMS:
            whole[name] = document.sample()
        else:
            document.skip()
    yield Sample(whole, None)


def values(
    stream: BinaryIO, member: str | None, light: Light | None
) -> Iterator[tuple[str, Any | BadValue]]:
    """The values of a file with their places; raises `Broken`, whose message begins with the place.

    If the file is one object, `member` names the array they are in. `light` says which parts of them to drop.
    """
    place = "the file"
    try:
        form = layout(stream)
        if form is Layout.LINES:
            for number, value in lines(stream):
                yield f"line {number}", value
            return
        document = JsonValues(stream)
        if form is Layout.OBJECT and member is None:
            place = "chat 1"
            yield place, _value(document, light)
        else:
            for number in _numbers(document, member if form is Layout.OBJECT else None):
                place = f"chat {number}"
                yield place, _value(document, light)
        document.finish()
    except Broken as broken:
        raise Broken(f"{place}: {broken}") from None


def _numbers(document: JsonValues, member: str | None) -> Iterator[int]:
    """Number the elements of the array; the rest of the object is skipped."""
    if member is None:
        yield from document.items()
        return
    for name in document.members():
        if name == member and document.next_is(b"["):
            yield from document.items()
        else:
            document.skip()


def _value(document: JsonValues, light: Light | None) -> Any | BadValue:
    try:
        return document.value() if light is None else document.light_value(light)
    except BadValue as bad:
        return bad


def one_array(stream: BinaryIO) -> Iterator[tuple[str, Any | BadValue]]:
    """A file's array as one chat of messages; raises `Broken`, whose message begins with the place."""
    try:
        document = JsonValues(stream)
        found = _value(document, None)
        document.finish()
    except Broken as broken:
        raise Broken(f"chat 1: {broken}") from None
    yield "chat 1", found if isinstance(found, BadValue) else {"messages": found}


def described(stream: BinaryIO) -> str:
    """A description of a file whose format is not recognised."""
    stream.seek(0)
    form = layout(stream)
    seen = next((sample.value for sample in samples(stream, frozenset())), None)
    stream.seek(0)
    if isinstance(seen, dict) and seen:
        names = ", ".join(f"`{json.dumps(name)[1:-1][:40]}`" for name in list(seen)[:NAMES])
        of = "with" if form is Layout.OBJECT else "of objects with"
        return f"{form.value} {of} {names}"
    if seen is None or isinstance(seen, BadValue):
        return "no JSON that can be read" if seen else "no values"
    return f"{form.value} of values that are no objects"
