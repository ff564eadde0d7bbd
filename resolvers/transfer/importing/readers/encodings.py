"""Reads files in UTF-16, with or without a byte order mark, as UTF-8."""

import codecs
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO, cast

IN_MEMORY = 1024 * 1024
CHUNK = 256 * 1024
_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def encoding(head: bytes) -> str | None:
    """The UTF-16 encoding of a file that begins like this, or None. JSON begins with an ASCII character."""
    if len(head) < 4:
        return None
    if head[:2] in _MARKS:
        return _MARKS[head[:2]]
    zeros = [byte == 0 for byte in head[:4]]
    if zeros == [False, True, False, True]:
        return "utf-16-le"
    return "utf-16-be" if zeros == [True, False, True, False] else None


@contextmanager
def as_utf8(stream: BinaryIO) -> Iterator[BinaryIO]:
    """The stream itself, at its start, or a copy in UTF-8, in which U+FFFD replaces what can't be decoded."""
    head = stream.read(4)
    stream.seek(0)
    name = encoding(head)
    if name is None:
        yield stream
        return
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as copy:
        _decode(stream, copy, name)
        yield cast(BinaryIO, copy)


def _decode(stream: BinaryIO, copy: IO[bytes], name: str) -> None:
    decoder = codecs.getincrementaldecoder(name)("replace")
    while chunk := stream.read(CHUNK):
        copy.write(decoder.decode(chunk).encode())
    copy.write(decoder.decode(b"", final=True).encode())
    copy.seek(0)
