"""The chats in the .zip that ChatGPT hands out, unpacked to a file no larger than allowed."""

import lzma
import re
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO, cast

from resolvers.transfer.importing.readers.entries import Findings, Stopped

UNPACKED_BYTES = 512 * 1024 * 1024
"""What the chats of one .zip may come to: a small one can hold any amount."""
IN_MEMORY = 1024 * 1024
CHUNK = 256 * 1024

_OTHERS = (EOFError, LookupError, OSError, OverflowError, RuntimeError, ValueError)
_CHATS = re.compile(r"(?:.*/)?conversations(-\d+)?\.json")


class _Unusable(Exception):
    """The .zip can't be read any further; the message says why."""


def read_zip(stream: BinaryIO, read: Callable[[BinaryIO], Findings]) -> Findings:
    """What `read` finds in each file of chats."""
    room = UNPACKED_BYTES
    try:
        with _errors_of_zips():
            archive = zipfile.ZipFile(stream)
            names = sorted(name for name in archive.namelist() if _CHATS.fullmatch(name))
        if not names:
            raise _Unusable("It holds no conversations.json.")
        for name in names:
            with tempfile.SpooledTemporaryFile(IN_MEMORY) as unpacked:
                with _errors_of_zips(), archive.open(name) as packed:
                    room = _unpack(packed, unpacked, room)
                yield from read(cast(BinaryIO, unpacked))
    except _Unusable as unusable:
        yield Stopped("the .zip", str(unusable))


@contextmanager
def _errors_of_zips() -> Iterator[None]:
    """One error for all that a file which only looks like a .zip can make the library raise."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, *_OTHERS):
        damaged = "It is damaged, encrypted or packed in an unusual way."
        raise _Unusable(damaged) from None


def _unpack(packed: IO[bytes], into: IO[bytes], room: int) -> int:
    """Copy at most `room` bytes; returns how much room is left."""
    while chunk := packed.read(CHUNK):
        room -= len(chunk)
        if room < 0:
            raise _Unusable(
                f"Its chats come to more than {UNPACKED_BYTES} bytes; unpack it and import "
                "conversations.json in parts."
            )
        into.write(chunk)
    into.seek(0)
    return room
