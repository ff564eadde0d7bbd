"""Gemini's activity from Google Takeout, `MyActivity.json`: each entry is a prompt and its answer.

It does not say which prompts belong together, so each becomes a chat of its own.
"""

from datetime import datetime
from typing import Any

from resolvers.input_limits import RESPONSE_BYTES
from resolvers.transfer.archive import ArchivedSession
from resolvers.transfer.importing.readers.chats import NoChat
from resolvers.transfer.importing.readers.entries import Omitted
from resolvers.transfer.importing.readers.html_text import markdown
from resolvers.transfer.importing.readers.json_values import BadValue
from resolvers.transfer.importing.readers.messages import (
    Chat,
    Message,
    citation,
    citations,
    iso,
    list_of,
    marker,
    object_of,
    possible,
    text_of,
)

PRODUCTS = {"Gemini Apps", "Bard"}
PROMPTED = "Prompted "
HTML_CHARACTERS = 2 * RESPONSE_BYTES
"""The most characters read of an answer's HTML."""


def fits(value: dict[str, Any]) -> bool:
    """Whether a value looks like an entry."""
    products = value.get("products")
    known = isinstance(products, list) and any(
        each in PRODUCTS for each in products if isinstance(each, str)
    )
    return "title" in value and (known or str(value.get("header")) in PRODUCTS)


def to_chat(value: dict[str, Any], place: str, now: datetime) -> Chat:
    """A chat of one prompt. Raises `BadValue`, and `NoChat` if the entry is not a prompt."""
    title = text_of(value.get("title"))
    if title is None:
        raise BadValue("it has no title")
    answers = [object_of(each).get("html") for each in list_of(value.get("safeHtmlItem"))]
    html = "\n".join(each for each in answers if isinstance(each, str))
    if not title.startswith(PROMPTED) and not html:
        raise NoChat(Omitted.NO_PROMPT)
    given = iso(value.get("time"))
    time = given if given is not None and possible(given, now) else now
    question = Message(place, "prompt", None, True, title.removeprefix(PROMPTED).strip(), time)
    for each in list_of(value.get("attachedFiles")):
        question.text = f"{question.text}\n{marker('file', question.parts, each)}"
    if text_of(value.get("imageFile")):
        question.text = f"{question.text}\n{marker('image', question.parts)}"
    session = ArchivedSession(
        id=f"{value.get('time') or ''}\n{title}", created_at=time, last_active=time
    )
    if not html:
        return Chat(session, [question])
    answer = Message(place, "answer", question.id, False, markdown(html[:HTML_CHARACTERS]), time)
    links = map(object_of, list_of(value.get("subtitles")))
    found = (citation(link.get("name"), link.get("url")) for link in links)
    answer.details = citations(source for source in found if source and "uri" in source)
    return Chat(session, [question, answer])
