"""Selects the content of files and folders that is sent to be imported."""

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
"""A .zip of more bytes is repacked without its pictures and other files."""


def chat_paths(paths: Sequence[Path]) -> list[Path]:
    """The given files and, for folders, all files in them that may hold chats."""
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
    """The content to send: the whole file or, for a large .zip, only the files that may hold chats."""
    with path.open("rb") as file, tempfile.TemporaryFile() as packed:
        large = path.stat().st_size > LARGE and zipfile.is_zipfile(file)
        file.seek(0)
        yield packed if large and _pack(file, packed) else file


def _pack(file: IO[bytes], into: IO[bytes]) -> bool:
    """Repack the files that may hold chats. False if the .zip can't be read; the API then reports why."""
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
