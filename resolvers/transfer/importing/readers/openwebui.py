"""Open WebUI's export of chats: each chat is a tree of messages, of which people see one path."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from resolvers.transfer.archive import ArchivedSession
from resolvers.transfer.importing.readers.entries import Finding, Omitted, Skipped
from resolvers.transfer.importing.readers.json_values import BadValue, Light
from resolvers.transfer.importing.readers.messages import (
    UNREADABLE,
    Chat,
    Message,
    citation,
    citations,
    feedback_of,
    id_or_first_message,
    lifetime,
    list_of,
    marker,
    object_of,
    seconds,
    side,
    text_of,
    title_of,
)
from resolvers.transfer.importing.readers.plain import text_in

MEMBERS = (
    "annotation", "content", "files", "id", "model", "output", "parentId", "role", "sources", "timestamp",
)  # fmt: skip
_UNSEEN = re.compile(r"<details type=\"(?:reasoning|tool_calls|code_interpreter)\"")
_END = "</details>"


def fits(value: dict[str, Any]) -> bool:
    """Whether a value looks like one of its chats."""
    return "chat" in value or isinstance(value.get("history"), dict)


def light(message: Any) -> Any:
    """A message without what people never saw: the documents behind its sources."""
    if not isinstance(message, dict):
        return message
    kept = {name: message[name] for name in MEMBERS if name in message}
    sources = [object_of(each) for each in list_of(message.get("sources"))]
    kept["sources"] = [
        {name: each[name] for name in ("source", "metadata") if name in each} for each in sources
    ]
    return kept


_MESSAGES: Light = {"history": {"messages": light}, "messages": light}
LIGHT: Light = {"chat": _MESSAGES, "history": {"messages": light}, "messages": light}


def to_chat(value: dict[str, Any], place: str, now: datetime) -> Chat:
    """A chat; a message's id is its own. Raises `BadValue`."""
    chat = value.get("chat", value)
    if not isinstance(chat, dict):
        raise BadValue("it has no chat")
    messages: list[Message] = []
    remarks: list[Finding] = []
    hidden = 0
    listed, leaf = _listed(chat)
    for number, (key, said, parent) in enumerate(listed, 1):
        where = f"{place}, message {number}"
        by_user, _ = side(said.get("role"), messages[-1] if messages else None)
        message = Message(where, key, parent, by_user is True, None, seconds(said.get("timestamp")))
        messages.append(message)
        if by_user is None:
            hidden += 1
            continue
        text = _text(said, message.parts)
        if text is None:
            text = UNREADABLE
            reason = "The message has no text that can be read."
            remarks.append(Skipped(where, reason, Omitted.UNREADABLE_MESSAGE, "content"))
        message.text = "\n".join(part for part in (text, *_files(said, message.parts)) if part)
        if not by_user:
            message.model, message.details = text_of(said.get("model")), _details(said)
    own = value.get("id")
    session = ArchivedSession(
        id=id_or_first_message(str(own) if isinstance(own, str | int) and own else None, messages),
        title=title_of(value.get("title"), chat.get("title")),
        status="archived" if value.get("archived") is True else "active",
        pinned=value.get("pinned") is True,
        tags=_tags(value, chat),
        **lifetime(seconds(value.get("created_at")), seconds(value.get("updated_at")), now),
    )
    return Chat(session, messages, leaf, remarks, hidden)


def _listed(
    chat: dict[str, Any],
) -> tuple[list[tuple[str, dict[str, Any], str | None]], str | None]:
    """The messages, each with its id and that of the message before it, and the last that people saw. The
    oldest exports only have a list of messages."""
    history = object_of(chat.get("history"))
    nodes = history.get("messages")
    if isinstance(nodes, dict):
        tree = [(key, each) for key, each in nodes.items() if isinstance(each, dict)]
        leaf = text_of(history.get("currentId"))
        return [(key, each, text_of(each.get("parentId"))) for key, each in tree], leaf
    said = chat.get("messages")
    if not isinstance(said, list):
        raise BadValue("it has no messages")
    found: dict[str, tuple[str, dict[str, Any], str | None]] = {}
    for number, each in enumerate(said, 1):
        if isinstance(each, dict):
            own = str(each.get("id") or number)
            key = own if own not in found else f"{own}\n{number}"
            found[key] = (key, each, next(reversed(found), None))
    return list(found.values()), next(reversed(found), None)


def _text(said: dict[str, Any], parts: Counter[str]) -> str | None:
    """What people see of a message; newer messages may only have it in `output`."""
    content = said.get("content")
    text = text_in(content, parts)
    if text_of(text):
        return _without_unseen(str(text)).strip() if said.get("role") != "user" else text
    shown = [
        text_in(item.get("content"), parts) or ""
        for item in map(object_of, list_of(said.get("output")))
        if item.get("type") == "message"
    ]
    return "\n\n".join(shown) if shown else text


def _without_unseen(text: str) -> str:
    """A text without the blocks of thoughts and tools, which people see only when they unfold them."""
    kept: list[str] = []
    at = 0
    while begin := _UNSEEN.search(text, at):
        kept.append(text[at : begin.start()])
        end = text.find(_END, begin.end())
        if end < 0:
            return "".join(kept)
        at = end + len(_END)
    return "".join([*kept, text[at:]])


def _files(said: dict[str, Any], parts: Counter[str]) -> Iterator[str]:
    """Markers for the attached files."""
    for each in list_of(said.get("files")):
        file = object_of(each)
        image = file.get("type") == "image"
        yield marker("image" if image else "file", parts, None if image else file.get("name"))


def _details(said: dict[str, Any]) -> dict[str, Any]:
    """Feedback and sources of an answer."""
    judged = object_of(said.get("annotation"))
    feedback = feedback_of(judged.get("rating"), judged.get("comment"))
    sources = [source for each in list_of(said.get("sources")) for source in _sources(each)]
    return ({"feedback": feedback} if feedback else {}) | citations(sources)


def _sources(given: Any) -> Iterator[dict[str, Any] | None]:
    """One source has an address for each of its documents, or one for itself."""
    origin, listed = object_of(object_of(given).get("source")), object_of(given).get("metadata")
    name, own = text_of(origin.get("name")), _address(origin.get("url"))
    found = [object_of(each) for each in list_of(listed)]
    addresses = {
        uri: _title(each, name)
        for each in found
        if (uri := _address(each.get("url")) or _address(each.get("source")))
    }
    if own or not addresses:
        yield citation(name, own or next(iter(addresses), None))
    else:
        yield from (citation(title, uri) for uri, title in addresses.items())


def _title(document: dict[str, Any], name: str | None) -> str | None:
    return text_of(document.get("title")) or text_of(document.get("name")) or name


def _address(value: Any) -> str | None:
    return value if isinstance(value, str) and re.match(r"[a-z][a-z0-9+.-]*://", value) else None


def _tags(value: dict[str, Any], chat: dict[str, Any]) -> list[str]:
    listed = list_of(object_of(value.get("meta")).get("tags")) or list_of(chat.get("tags"))
    tags = [text_of(each.get("name") if isinstance(each, dict) else each) for each in listed]
    return list(dict.fromkeys(tag for tag in tags if tag))
