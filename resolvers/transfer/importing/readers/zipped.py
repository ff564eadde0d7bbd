"""Finds the chats in a .zip, whatever its files are called, and unpacks no more than is allowed."""

import lzma
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO, cast

from resolvers.transfer.importing.readers.encodings import CHUNK, IN_MEMORY, as_utf8, encoding
from resolvers.transfer.importing.readers.entries import Findings, LeftOut, Omitted, Stopped
from resolvers.transfer.importing.readers.json_values import BOM

UNPACKED_BYTES = 512 * 1024 * 1024
"""The most bytes that the chats of one .zip may unpack to: a small file can hold any amount."""
FILES = 100_000
"""The most files of one .zip that are examined."""
DEPTH = 2
"""How deeply .zip files may be nested."""
HEAD = 64
ZIP = b"PK\x03\x04"

_OTHERS = (EOFError, LookupError, OSError, OverflowError, RuntimeError, ValueError)


class UnusableZip(Exception):
    """The .zip can't be read any further. The message says why."""


def read_zip(stream: BinaryIO, read: Callable[[BinaryIO], Findings | None]) -> Findings:
    """The contents of each file with chats; `read` returns None for other files."""
    found = False
    try:
        for _, file in chat_files(stream, UNPACKED_BYTES):
            with as_utf8(file) as text:
                findings = read(text)
                if findings is None:
                    yield LeftOut(Omitted.OTHER_FILE)
                    continue
                found = True
                yield from findings
        if not found:
            raise UnusableZip("It holds no file of chats that is known here.")
    except UnusableZip as unusable:
        yield Stopped("the .zip", str(unusable))


class _Room:
    """How many bytes may still be unpacked, and how many files examined."""

    def __init__(self, size: int) -> None:
        self._limit = self._size = size
        self._files = FILES

    def take(self, size: int) -> None:
        """Count unpacked bytes; raises `UnusableZip`."""
        self._size -= size
        if self._size < 0:
            raise UnusableZip(
                f"Its chats come to more than {self._limit} bytes; unpack it and import the files of "
                "chats one by one."
            )

    def take_file(self) -> None:
        """Count a file; raises `UnusableZip`."""
        self._files -= 1
        if self._files < 0:
            raise UnusableZip(
                f"It has more than {FILES} files; unpack it and import those of chats."
            )


def chat_files(stream: BinaryIO, limit: int) -> Iterator[tuple[str, BinaryIO]]:
    """The files of a .zip, and of the .zips in it, that may hold chats: each with its name and contents.

    Raises `UnusableZip` if it is damaged, or the files have more than `limit` bytes.
    """
    return _unpacked(stream, _Room(limit), DEPTH)


def may_hold_chats(head: bytes) -> bool:
    """Whether a file that begins like this may hold chats, as JSON or in a .zip."""
    return _may_hold_chats(head, 1)


def _unpacked(stream: BinaryIO, room: _Room, depth: int) -> Iterator[tuple[str, BinaryIO]]:
    with _errors_of_zips():
        archive = zipfile.ZipFile(stream)
        names = sorted({info.filename for info in archive.infolist() if not info.is_dir()})
    for name in names:
        room.take_file()
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as unpacked:
            with _errors_of_zips(), archive.open(name) as packed:
                head = packed.read(HEAD)
                wanted = _may_hold_chats(head, depth)
                if wanted:
                    unpacked.write(head)
                    room.take(len(head))
                    _copy(packed, unpacked, room)
            if not wanted:
                continue
            file = cast(BinaryIO, unpacked)
            if head.startswith(ZIP):
                yield from _unpacked(file, room, depth - 1)
            else:
                yield name, file


def _may_hold_chats(head: bytes, depth: int) -> bool:
    """Whether a file begins like JSON or, if one is allowed here, like a .zip."""
    if head.startswith(ZIP):
        return depth > 0
    return encoding(head) is not None or head.removeprefix(BOM).lstrip()[:1] in (b"[", b"{")


@contextmanager
def _errors_of_zips() -> Iterator[None]:
    """Turn everything the library can raise for a broken .zip into one error."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, *_OTHERS):
        damaged = "It is damaged, encrypted or packed in an unusual way."
        raise UnusableZip(damaged) from None


def _copy(packed: IO[bytes], into: IO[bytes], room: _Room) -> None:
    while chunk := packed.read(CHUNK):
        room.take(len(chunk))
        into.write(chunk)
    into.seek(0)
