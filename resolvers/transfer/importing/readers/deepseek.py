"""DeepSeek's `conversations.json`: each chat is a tree of messages, and each message a list of fragments."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from resolvers.transfer.archive import ArchivedSession
from resolvers.transfer.importing.readers.json_values import BadValue
from resolvers.transfer.importing.readers.messages import (
    EMPTY,
    Chat,
    Message,
    attached,
    citation,
    citations,
    iso,
    lifetime,
    list_of,
    object_of,
    text_of,
    title_of,
)

SEEN = {"REQUEST", "RESPONSE"}


def fits(value: dict[str, Any]) -> bool:
    """Whether a value looks like one of its chats."""
    nodes = object_of(value.get("mapping")).values()
    messages = [object_of(object_of(node).get("message")) for node in nodes]
    return "inserted_at" in value or any("fragments" in each for each in messages)


def light(node: Any) -> Any:
    """A node without what people see only when they unfold it: thoughts, and the texts of search results."""
    said = object_of(object_of(node).get("message"))
    if not said:
        return node
    fragments = [object_of(each) for each in list_of(said.get("fragments"))]
    kept = [
        each
        if str(each.get("type")) in SEEN
        else {"type": each.get("type"), "results": list(_found(each))}
        for each in fragments
    ]
    return {**node, "message": {**said, "fragments": kept}}


LIGHT = {"mapping": light}


def _found(fragment: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for each in map(object_of, list_of(fragment.get("results"))):
        yield {"title": each.get("title"), "url": each.get("url")}


def to_chat(value: dict[str, Any], place: str, now: datetime) -> Chat:
    """A chat; a message's id is its node's. Raises `BadValue`."""
    nodes = value.get("mapping")
    if not isinstance(nodes, dict):
        raise BadValue("it has no mapping of messages")
    messages: list[Message] = []
    for number, (key, node) in enumerate(nodes.items(), 1):
        parent = text_of(object_of(node).get("parent"))
        message = Message(f"{place}, message {number}", key, parent, False, None)
        messages.append(message)
        said = object_of(object_of(node).get("message"))
        if said:
            _read(message, said)
    own = value.get("id")
    session = ArchivedSession(
        id=str(own) if isinstance(own, str | int) and own else "\n".join([*nodes][:1]),
        title=title_of(value.get("title")),
        pinned=value.get("pinned") is True,
        **lifetime(iso(value.get("inserted_at")), iso(value.get("updated_at")), now),
    )
    unseen = sum(
        message.text is None and bool(object_of(node).get("message"))
        for message, node in zip(messages, nodes.values(), strict=True)
    )
    leaf = text_of(value.get("current_message_id"))
    return Chat(session, messages, leaf, hidden=unseen)


def _read(message: Message, said: dict[str, Any]) -> None:
    fragments = [object_of(each) for each in list_of(said.get("fragments"))]
    shown = [
        text
        for each in fragments
        if str(each.get("type")) in SEEN and (text := text_of(each.get("content")))
    ]
    message.time = iso(said.get("inserted_at"))
    message.by_user = any(each.get("type") == "REQUEST" for each in fragments)
    for file in map(object_of, list_of(said.get("files"))):
        name = file.get("file_name") or file.get("name")
        shown.append(attached(name, file.get("content"), message.parts))
    message.text = "\n\n".join(shown) or (EMPTY if message.by_user else None)
    if not message.by_user:
        message.model = text_of(said.get("model"))
        message.details = citations(
            citation(found["title"], found["url"]) for each in fragments for found in _found(each)
        )
