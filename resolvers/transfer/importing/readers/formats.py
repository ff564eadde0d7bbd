"""Which formats there are, and which one a file is in."""

import zipfile
from datetime import datetime
from enum import Enum
from itertools import islice
from typing import Any, BinaryIO

from resolvers.transfer.importing.readers import (
    chatgpt,
    openwebui,
    recollect,
    sharegpt,
    turns,
    zipped,
)
from resolvers.transfer.importing.readers.chats import ToChat, read_chats, values
from resolvers.transfer.importing.readers.entries import Findings
from resolvers.transfer.importing.readers.json_values import BadValue, Broken, JsonValues

LOOKED_AT = 20
"""Chats that are looked at to tell the format, where the first ones can't be read."""


class Format(Enum):
    """What a file of chats was written by."""

    RECOLLECT = "recollect"
    CHATGPT = "chatgpt"
    OPEN_WEBUI = "openwebui"
    SHAREGPT = "sharegpt"
    TURNS = "turns"


CHATS: dict[Format, tuple[str, ToChat]] = {
    Format.CHATGPT: ("mapping", chatgpt.to_chat),
    Format.OPEN_WEBUI: ("chat", openwebui.to_chat),
    Format.SHAREGPT: ("conversations", sharegpt.to_chat),
    Format.TURNS: ("turns", turns.to_chat),
}
"""The member that tells a format's chats from others, and what reads them."""


def detect(stream: BinaryIO) -> Format | None:
    """The format of a file by its content, or None; the stream stands at its beginning afterwards."""
    try:
        if zipfile.is_zipfile(stream):
            return Format.CHATGPT
        stream.seek(0)
        if _is_archive(stream):
            return Format.RECOLLECT
        stream.seek(0)
        for _, value in islice(values(stream), LOOKED_AT):
            if isinstance(value, dict):
                return _by_member(value)
    except Broken:
        return None
    finally:
        stream.seek(0)
    return None


def _by_member(value: dict[str, Any]) -> Format | None:
    if value.get("kind") in ("header", *recollect.KINDS):
        return Format.RECOLLECT
    return next((name for name, (member, _) in CHATS.items() if member in value), None)


def _is_archive(stream: BinaryIO) -> bool:
    """Whether a file is an archive in one JSON document."""
    document = JsonValues(stream)
    if not document.next_is(b"{"):
        return False
    try:
        for name in document.members():
            if name == "sessions":
                return document.next_is(b"[")
            if name in ("mapping", "chat", "conversations", "turns"):
                return False
            document.value()
    except (BadValue, Broken):
        pass
    return False


def read(stream: BinaryIO, form: Format, now: datetime) -> Findings:
    """What a file has, in its order; `now` stands in for times that it does not have."""
    if form is Format.RECOLLECT:
        whole = _is_archive(stream)
        stream.seek(0)
        return recollect.read_document(stream) if whole else recollect.read_lines(stream)
    _, to_chat = CHATS[form]
    if zipfile.is_zipfile(stream):
        stream.seek(0)
        return zipped.read_zip(stream, lambda unpacked: read_chats(unpacked, to_chat, now))
    stream.seek(0)
    return read_chats(stream, to_chat, now)
