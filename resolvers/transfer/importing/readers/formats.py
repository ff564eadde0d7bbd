"""The table of formats: how each is recognised by its content, and its reader."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from resolvers.transfer.importing.readers import (
    answer_app,
    chatgpt,
    claude,
    deepseek,
    gemini,
    grok,
    librechat,
    openai,
    openwebui,
    recollect,
    sharegpt,
    turns,
    vertex,
)
from resolvers.transfer.importing.readers.chats import ToChat, read_chats
from resolvers.transfer.importing.readers.documents import (
    Layout,
    Sample,
    layout,
    one_array,
    samples,
    values,
)
from resolvers.transfer.importing.readers.entries import Findings, Format
from resolvers.transfer.importing.readers.json_values import BadValue, Light


@dataclass(frozen=True, slots=True)
class Chats:
    """A format of whole chats."""

    known_by: str
    """What is characteristic of its chats, in words."""
    fits: Callable[[dict[str, Any]], bool]
    """Whether a value looks like one of its chats."""
    to_chat: ToChat
    light: Light | None = None
    """The parts of a chat that can be dropped."""
    member: str | None = None
    """The member with the chats, if a file is one object."""
    is_message: Callable[[dict[str, Any]], bool] | None = None
    """Whether a value looks like a message, if an array can be a single chat."""


CHATS: dict[Format, Chats] = {
    Format.DEEPSEEK: Chats(
        "`fragments` in a `mapping`", deepseek.fits, deepseek.to_chat, deepseek.LIGHT
    ),
    Format.CHATGPT: Chats("a `mapping`", chatgpt.fits, chatgpt.to_chat, chatgpt.LIGHT),
    Format.CLAUDE: Chats("`chat_messages`", claude.fits, claude.to_chat, claude.LIGHT),
    Format.OPEN_WEBUI: Chats("a `chat`", openwebui.fits, openwebui.to_chat, openwebui.LIGHT),
    Format.GROK: Chats(
        "a `conversation` and `responses`", grok.fits, grok.to_chat, grok.LIGHT, "conversations"
    ),
    Format.SHAREGPT: Chats("`conversations`", sharegpt.fits, sharegpt.to_chat),
    Format.LIBRECHAT: Chats("`messages` with a `messageId`", librechat.fits, librechat.to_chat),
    Format.OPENAI: Chats(
        "`messages` with a `role`", openai.fits, openai.to_chat, is_message=openai.is_message
    ),
    Format.GEMINI: Chats("`products` with “Gemini Apps”", gemini.fits, gemini.to_chat),
    Format.VERTEX: Chats(
        "a `name` of a session and `turns`", vertex.fits, vertex.to_chat, member="sessions"
    ),
    Format.TURNS: Chats(
        '`turns`: {"turns": [{"query": "…", "response": "…"}]}', turns.fits, turns.to_chat
    ),
}
"""In the order in which they are tried."""

OTHERS: dict[Format, tuple[str, Callable[[dict[str, Any]], bool]]] = {
    Format.ANSWER_APP: ("an `answer_query_token`", answer_app.fits),
    Format.RECOLLECT: ("lines or `sessions` of an archive", recollect.fits),
}
"""Formats whose values are not whole chats: their characteristics, in words and as a test of a value."""

MEMBERS = frozenset(each.member for each in CHATS.values() if each.member)


def known() -> str:
    """The known formats, for people whose file is not recognised."""
    every = {form: known_by for form, (known_by, _) in OTHERS.items()}
    every |= {form: each.known_by for form, each in CHATS.items()}
    return ", ".join(f"{form.value} ({known_by})" for form, known_by in every.items())


def detect(stream: BinaryIO) -> Format | None:
    """The format of a file in UTF-8, or None. The stream is at its beginning before and after."""
    array = layout(stream) is Layout.ARRAY
    for value, member in samples(stream, MEMBERS):
        if isinstance(value, dict) and (form := _of(value, member, array=array)):
            stream.seek(0)
            return form
    stream.seek(0)
    return None


def _of(value: dict[str, Any], member: str | None, *, array: bool) -> Format | None:
    for form, chats in CHATS.items():
        if member in (None, chats.member) and chats.fits(value):
            return form
        if array and chats.is_message is not None and chats.is_message(value):
            return form
    if member is not None:
        return Format.RECOLLECT if recollect.fits_session(value) else None
    return next((form for form, (_, fits) in OTHERS.items() if fits(value)), None)


def read(stream: BinaryIO, form: Format, owner: str | None, now: datetime) -> Findings:
    """The contents of a file in UTF-8 for the user with the address `owner`, in order. `now` is used for
    missing times."""
    if form is Format.ANSWER_APP:
        return answer_app.read(stream, owner, now)
    if form is Format.RECOLLECT:
        return recollect.read(stream)
    return read_chats(_values(stream, CHATS[form]), CHATS[form].to_chat, now)


def _values(stream: BinaryIO, chats: Chats) -> Iterator[tuple[str, Any | BadValue]]:
    form = layout(stream)
    members = frozenset([chats.member] if chats.member else [])
    first = next(samples(stream, members), Sample(None, None))
    stream.seek(0)
    said = first.value if form is Layout.ARRAY and isinstance(first.value, dict) else {}
    if chats.is_message is not None and chats.is_message(said):
        return one_array(stream)
    return values(stream, first.member, chats.light)
