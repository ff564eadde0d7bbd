"""Grok's export of an account: an object whose `conversations` each have their `responses`."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from resolvers.transfer.archive import ArchivedSession
from resolvers.transfer.importing.readers.json_values import BadValue
from resolvers.transfer.importing.readers.messages import (
    EMPTY,
    Chat,
    Message,
    citation,
    citations,
    id_or_first_message,
    iso,
    lifetime,
    list_of,
    marker,
    object_of,
    seconds,
    side,
    text_of,
    title_of,
)
from resolvers.transfer.importing.readers.parents import parents

MEMBERS = (
    "_id", "cited_web_search_results", "create_time", "file_attachments", "generated_image_urls",
    "message", "model", "parent_response_id", "sender", "web_search_results",
)  # fmt: skip


def fits(value: dict[str, Any]) -> bool:
    """Whether a value looks like one of its chats."""
    return isinstance(value.get("conversation"), dict) and "responses" in value


def light(response: Any) -> Any:
    """A message without what people never saw: the steps of its thinking."""
    said = object_of(object_of(response).get("response"))
    return {"response": {name: said[name] for name in MEMBERS if name in said}}


LIGHT = {"responses": light}


def to_chat(value: dict[str, Any], place: str, now: datetime) -> Chat:
    """A chat; a message's id is its own. Raises `BadValue`."""
    about, responses = value.get("conversation"), value.get("responses")
    if not isinstance(about, dict) or not isinstance(responses, list):
        raise BadValue("it has no conversation and responses")
    said = [object_of(each).get("response") for each in responses]
    listed, above = parents(said, "_id", "parent_response_id")
    messages: list[Message] = []
    for number, (key, given) in enumerate(listed.items(), 1):
        where = f"{place}, message {number}"
        by_user, _ = side(given.get("sender"), messages[-1] if messages else None)
        message = Message(
            where, key, above[key], bool(by_user), None, _time(given.get("create_time"))
        )
        messages.append(message)
        if by_user is None:
            continue
        message.text = "\n".join(part for part in _texts(given, message) if part)
        message.text = message.text or (EMPTY if by_user else None)
        if not by_user:
            message.model = text_of(given.get("model"))
            found = given.get("cited_web_search_results") or given.get("web_search_results")
            sources = map(object_of, list_of(found))
            message.details = citations(citation(s.get("title"), s.get("url")) for s in sources)
    own = about.get("id")
    session = ArchivedSession(
        id=id_or_first_message(own if isinstance(own, str) else None, messages),
        title=title_of(about.get("title")),
        pinned=about.get("starred") is True,
        **lifetime(_time(about.get("create_time")), _time(about.get("modify_time")), now),
    )
    hidden = sum(message.text is None for message in messages)
    leaf = text_of(about.get("leaf_response_id"))
    return Chat(session, messages, leaf, hidden=hidden)


def _texts(given: dict[str, Any], message: Message) -> Iterator[str]:
    yield text_of(given.get("message")) or ""
    for each in list_of(given.get("file_attachments")):
        yield marker("file", message.parts, object_of(each).get("file_name"))
    for _ in list_of(given.get("generated_image_urls")):
        yield marker("image", message.parts)


def _time(value: Any) -> datetime | None:
    """A time as ISO 8601, or in milliseconds as MongoDB writes it."""
    given = object_of(value).get("$date", value)
    milliseconds = text_of(object_of(given).get("$numberLong"))
    if milliseconds is not None and milliseconds.isdecimal() and len(milliseconds) < 16:
        return seconds(int(milliseconds) / 1000)
    return iso(given)
