"""What of files and folders is sent to be imported."""

import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj
from typing import IO, BinaryIO, cast

from resolvers.transfer.importing.readers.zipped import (
    HEAD,
    UnusableZip,
    chat_files,
    may_hold_chats,
)

LARGE = 16 * 1024 * 1024
"""A .zip of more bytes is packed anew without its pictures and other files."""


def chat_paths(paths: Sequence[Path]) -> list[Path]:
    """The files themselves and, of folders, all files in them that may hold chats."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        found += [each for each in inside if not path.is_dir() or _may_hold_chats(each)]
    return found


def _may_hold_chats(path: Path) -> bool:
    if not path.is_file() or path.name.startswith("."):
        return False
    with path.open("rb") as file:
        return may_hold_chats(file.read(HEAD))


@contextmanager
def content(path: Path) -> Iterator[IO[bytes]]:
    """What is to be sent of a file: all of it or, of a large .zip, what may hold chats."""
    with path.open("rb") as file, tempfile.TemporaryFile() as packed:
        large = path.stat().st_size > LARGE and zipfile.is_zipfile(file)
        file.seek(0)
        yield packed if large and _pack(file, packed) else file


def _pack(file: IO[bytes], into: IO[bytes]) -> bool:
    """Pack what may hold chats anew; False where the .zip can't be read: what is wrong is then told by
    who takes it."""
    try:
        with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as packed:
            for number, (name, unpacked) in enumerate(
                chat_files(cast(BinaryIO, file), sys.maxsize)
            ):
                with packed.open(f"{number:06}-{Path(name).name}", "w", force_zip64=True) as target:
                    copyfileobj(unpacked, target)
    except UnusableZip:
        return False
    return True
