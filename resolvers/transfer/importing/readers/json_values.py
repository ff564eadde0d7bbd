"""Reads a JSON document of any size, one value at a time.

Each value is cut out of the document and parsed separately, so that only the value that is broken, too large
or too deep is refused; an incremental parser would stop at the first of them.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, TypeAlias

import orjson

BOM = b"\xef\xbb\xbf"
CHUNK = 256 * 1024
VALUE_BYTES = 16 * 1024 * 1024
"""The largest value that is parsed. In files of other systems a chat is one value."""
SAMPLE_DEPTH = 4
SAMPLE_ITEMS = 40
SAMPLE_BYTES = 4096
"""How much of a value is examined to recognise it: the depth, the number of elements, and the length of each
string and number."""
TEXT_BYTES = VALUE_BYTES // 4
"""How much is read of a longer text in an element that is reduced: more than a turn may have."""
NESTED_VALUES = 500_000
"""The most arrays and objects in one value; each takes many times its size in the file in memory."""

_SPACE = re.compile(rb"[ \t\r\n]*+")
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
# Both end before an incomplete string.
_TO_BRACKET = re.compile(rb'[^"\[\]{}]*+(?:' + _STRING + rb'[^"\[\]{}]*+)*+', re.DOTALL)
_TO_DELIMITER = re.compile(rb'[^"\[\]{},:]*+(?:' + _STRING + rb'[^"\[\]{},:]*+)*+', re.DOTALL)
_REST_OF_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_WHOLE_ESCAPES = re.compile(rb'[^"\\]*+(?:\\(?:u[0-9a-fA-F]{4}|[^u])[^"\\]*+)*+', re.DOTALL)
_HIGH, _LOW = rb"\\u[dD][89abAB][0-9a-fA-F]{2}", rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_ESCAPE = re.compile(rb"%b%b|(?P<half>%b|%b)|\\." % (_HIGH, _LOW, _HIGH, _LOW), re.DOTALL)

Light: TypeAlias = Callable[[Any], Any] | Mapping[str, "Light"]
"""A function that reduces each element of a container, or where in an object such containers are."""


class BadValue(Exception):
    """One value can't be used; the values after it can be read."""


class Broken(Exception):
    """The document can't be parsed any further."""


def parse(raw: bytes | bytearray) -> Any:
    """A JSON value, with U+FFFD for each half of a surrogate pair; raises `BadValue`."""
    if _nested(raw) > NESTED_VALUES:
        raise BadValue(f"it holds more than {NESTED_VALUES} arrays and objects")
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        pass
    try:
        return orjson.loads(_ESCAPE.sub(lambda e: rb"\ufffd" if e["half"] else e[0], raw))
    except orjson.JSONDecodeError:
        raise BadValue("it is not valid JSON in UTF-8, or nested too deeply") from None


def _nested(raw: bytes | bytearray) -> int:
    return raw.count(b"[") + raw.count(b"{")


class JsonValues:
    """A document, read from its stream's current position.

    `items` and `members` enter the next array or object; for each of its elements the caller reads exactly
    one value, by any of the methods. All raise `Broken`.
    """

    def __init__(self, stream: BinaryIO, limit: int = VALUE_BYTES) -> None:
        """Read a stream; values of more than `limit` bytes are refused."""
        self._stream = stream
        self._limit = limit
        self._buffer = bytearray()
        self._at = 0
        self._peek()
        if self._buffer.startswith(BOM, self._at):
            self._at += len(BOM)

    def items(self) -> Iterator[int]:
        """Number the elements of the next array from 1."""
        self._take(b"[")
        number = 0
        while self._peek() != b"]":
            if number:
                self._take(b",")
            number += 1
            yield number
        self._take(b"]")

    def members(self) -> Iterator[str]:
        """Yield the names of the members of the next object."""
        self._take(b"{")
        number = 0
        while self._peek() != b"}":
            if number:
                self._take(b",")
            number += 1
            try:
                name = self.value()
            except BadValue as bad:
                raise Broken(f"the name of a member can't be read: {bad}") from None
            if not isinstance(name, str):
                raise Broken("the name of a member must be a string")
            self._take(b":")
            yield name
        self._take(b"}")

    def value(self) -> Any:
        """Parse the next value. Raises `BadValue`; even then the position is after the value."""
        raw = self._cut()
        if raw is None:
            raise BadValue(f"it is larger than {self._limit} bytes")
        return parse(raw)

    def light_value(self, light: Light) -> Any:
        """Parse the next value. Each element of the containers named by `light` is reduced before the next is
        read, so that the limit applies to the reduced value. Raises `BadValue`; even then the position
        is after the value."""
        room = _Room(self._limit)
        value = self._light(light, room)
        if room.bad:
            raise room.bad
        return value

    def _light(self, light: Light, room: "_Room") -> Any:
        if callable(light):
            if self.next_is(b"["):
                return [room.element(self._cut(TEXT_BYTES), light) for _ in self.items()]
            if self.next_is(b"{"):
                return {name: room.element(self._cut(TEXT_BYTES), light) for name in self.members()}
        elif self.next_is(b"{"):
            return {
                name: self._light(light[name], room) if name in light else room.element(self._cut())
                for name in self.members()
            }
        return room.element(self._cut())

    def sample(self, depth: int = SAMPLE_DEPTH) -> Any:
        """The beginning of the next value, to recognise it: the first few elements of each array and object.
        Values that are long, deep or can't be parsed are replaced by None."""
        found: Any
        if depth and self.next_is(b"["):
            found = []
            for _ in self.items():
                if len(found) < SAMPLE_ITEMS:
                    found.append(self.sample(depth - 1))
                else:
                    self.skip()
            return found
        if depth and self.next_is(b"{"):
            found = {}
            for name in self.members():
                if len(found) < SAMPLE_ITEMS:
                    found[name] = self.sample(depth - 1)
                else:
                    self.skip()
            return found
        raw = self._cut()
        try:
            return parse(raw) if raw and len(raw) <= SAMPLE_BYTES else None
        except BadValue:
            return None

    def skip(self) -> None:
        """Skip the next value."""
        self._cut()

    def next_is(self, opening: bytes) -> bool:
        """Whether the next value begins with this byte."""
        return self._peek() == opening

    def finish(self) -> None:
        """Check that the document ends here."""
        if self._peek():
            raise Broken("more follows after the end of the document")

    def _cut(self, of_a_string: int | None = None) -> bytearray | None:
        """The bytes of the next value, or None, after skipping it, if there are too many. A string that is
        much longer than `of_a_string` bytes is cut to that length."""
        if not self._peek():
            raise Broken("the file ends early")
        kept: bytearray | None = bytearray()
        depth = nested = 0
        while True:
            part = (_TO_BRACKET if depth else _TO_DELIMITER).match(self._buffer, self._at)
            kept = self._keep(kept, part.end() if part else self._at)
            following = bytes(self._buffer[self._at : self._at + 1])
            if following == b'"' and len(self._buffer) - self._at > (of_a_string or self._limit):
                begun = self._begun(of_a_string) if of_a_string else None
                self._pass_string()
                kept = None if kept is None or begun is None else kept + begun
            elif following in (b"", b'"'):
                if not self._fill():
                    if depth or following:
                        raise Broken("the file ends early")
                    return kept
            elif depth == 0 and following not in (b"[", b"{"):
                return kept
            else:
                opens = following in (b"[", b"{")
                depth += 1 if opens else -1
                nested += opens
                if nested > 2 * NESTED_VALUES:
                    raise Broken(f"a value holds more than {NESTED_VALUES} arrays and objects")
                kept = self._keep(kept, self._at + 1)
                if depth == 0:
                    return kept

    def _keep(self, kept: bytearray | None, end: int) -> bytearray | None:
        """Advance to `end`, keeping what is before it as long as it fits."""
        if kept is not None:
            kept += self._buffer[self._at : end]
            if len(kept) > self._limit:
                kept = None
        self._at = end
        return kept

    def _begun(self, size: int) -> bytes:
        """The string that begins here, cut to at most `size` bytes."""
        start = self._at + 1
        begun = _WHOLE_ESCAPES.match(self._buffer[start : start + size])
        text = begun[0].decode(errors="ignore") if begun else ""
        return b'"%b"' % text.encode()

    def _pass_string(self) -> None:
        self._at += 1
        while True:
            part = _REST_OF_STRING.match(self._buffer, self._at)
            self._at = part.end() if part else self._at
            if self._buffer[self._at : self._at + 1] == b'"':
                self._at += 1
                return
            if not self._fill():
                raise Broken("the file ends early")

    def _peek(self) -> bytes:
        """The next byte that is not white space; empty at the end."""
        while True:
            space = _SPACE.match(self._buffer, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._buffer) or not self._fill():
                return bytes(self._buffer[self._at : self._at + 1])

    def _take(self, expected: bytes) -> None:
        found = self._peek()
        if found != expected:
            wanted = expected.decode(errors="replace")
            raise Broken(f"there should be a {wanted}" if found else "the file ends early")
        self._at += 1

    def _fill(self) -> bool:
        """Read further, more at a time the more is buffered, so that no byte is scanned many times."""
        del self._buffer[: self._at]
        self._at = 0
        more = self._stream.read(max(CHUNK, len(self._buffer)))
        self._buffer += more
        return bool(more)


class _Room:
    """How much of a value may still be kept, while its elements are read one by one."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._bytes = 0
        self._nested = 0
        self.bad: BadValue | None = None
        """Why the value as a whole can't be used."""

    def element(self, raw: bytearray | None, light: Callable[[Any], Any] | None = None) -> Any:
        """The part of an element that is kept."""
        if self.bad is not None:
            return None
        try:
            if raw is None:
                raise BadValue(f"it is larger than {self._limit} bytes")
            value = parse(raw)
            kept: bytes | bytearray = raw
            if light is not None and (lighter := light(value)) is not value:
                value, kept = lighter, orjson.dumps(lighter)
            self._bytes += len(kept)
            self._nested += _nested(kept)
            if self._bytes > self._limit:
                raise BadValue(f"what people see of it is larger than {self._limit} bytes")
            if self._nested > NESTED_VALUES:
                raise BadValue(f"it holds more than {NESTED_VALUES} arrays and objects")
            return value
        except BadValue as bad:
            self.bad = bad
            return None
