"""Opens a file of chats: in UTF-8 or UTF-16, by itself or in a .zip."""

import zipfile
from datetime import datetime
from typing import BinaryIO

from resolvers.transfer.importing.readers.documents import described
from resolvers.transfer.importing.readers.encodings import as_utf8
from resolvers.transfer.importing.readers.entries import Findings, Format, Source
from resolvers.transfer.importing.readers.formats import detect, known, read
from resolvers.transfer.importing.readers.zipped import read_zip


class NotRecognised(Exception):
    """The file's format is not known. The message says what was found, and which formats are known."""


def read_file(stream: BinaryIO, form: Format | None, owner: str | None, now: datetime) -> Findings:
    """The contents of a file in order, each part after its `Source`. `owner` is the user's address; of a file
    that says whose chats it has, only that user's are read.

    The format is recognised by the content unless given. Raises `NotRecognised` before anything is yielded,
    except for a .zip, where that is only known at the end.
    """
    if zipfile.is_zipfile(stream):
        stream.seek(0)
        yield from read_zip(stream, lambda file: _of_zip(file, form, owner, now))
        return
    stream.seek(0)
    with as_utf8(stream) as text:
        found = form or detect(text)
        if found is None:
            seen = described(text)
            raise NotRecognised(f"The file is {seen}, which is no known format. Known: {known()}.")
        yield from _sourced(text, found, owner, now)


def _of_zip(
    file: BinaryIO, form: Format | None, owner: str | None, now: datetime
) -> Findings | None:
    """The contents of a file in a .zip, or None if it has no chats. If a format is given, only files in it
    are read."""
    found = detect(file)
    return None if found is None or form not in (None, found) else _sourced(file, found, owner, now)


def _sourced(text: BinaryIO, form: Format, owner: str | None, now: datetime) -> Findings:
    yield Source(form)
    yield from read(text, form, owner, now)
