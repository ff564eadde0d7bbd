"""Claude's `conversations.json`: chats with `chat_messages`, whose content is in blocks."""

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
    id_or_first_message,
    iso,
    lifetime,
    list_of,
    marker,
    object_of,
    side,
    text_of,
    title_of,
)
from resolvers.transfer.importing.readers.parents import parents

UNSEEN = {"thinking", "redacted_thinking", "tool_use", "tool_result", "token_budget", "flag"}
ARTIFACTS = {"create", "rewrite"}


def fits(value: dict[str, Any]) -> bool:
    """Whether a value looks like one of its chats."""
    return "chat_messages" in value


def light(message: Any) -> Any:
    """A message without what people never saw: thoughts, and the input and output of tools."""
    content = object_of(message).get("content")
    if not isinstance(content, list):
        return message
    return {**message, "content": [each for each in content if not _unseen(each)]}


LIGHT = {"chat_messages": light}


def _unseen(block: Any) -> bool:
    given = object_of(block)
    return str(given.get("type")) in UNSEEN and not _artifact(given)


def _artifact(block: dict[str, Any]) -> str | None:
    """The text of a document that was created beside the chat."""
    given = object_of(block.get("input"))
    made = block.get("name") == "artifacts" and str(given.get("command")) in ARTIFACTS
    return text_of(given.get("content")) if made else None


def to_chat(value: dict[str, Any], place: str, now: datetime) -> Chat:
    """A chat; a message's id is its own. Raises `BadValue`."""
    said = value.get("chat_messages")
    if not isinstance(said, list):
        raise BadValue("it has no chat_messages")
    listed, above = parents(said, "uuid", "parent_message_uuid")
    messages: list[Message] = []
    for number, (key, given) in enumerate(listed.items(), 1):
        where = f"{place}, message {number}"
        by_user, _ = side(given.get("sender"), messages[-1] if messages else None)
        message = Message(where, key, above[key], bool(by_user), None, iso(given.get("created_at")))
        messages.append(message)
        if by_user is None:
            continue
        message.text = "\n".join(part for part in _texts(given, message) if part)
        if by_user:
            message.text = message.text or EMPTY
        else:
            message.text = message.text or None
            blocks = map(object_of, list_of(given.get("content")))
            message.details = citations(
                citation(source.get("title"), source.get("url") or details.get("url"))
                for block in blocks
                for source in map(object_of, list_of(block.get("citations")))
                for details in [object_of(source.get("details"))]
            )
            message.model = text_of(given.get("model")) or text_of(value.get("model"))
    own = value.get("uuid")
    session = ArchivedSession(
        id=id_or_first_message(own if isinstance(own, str) else None, messages),
        title=title_of(value.get("name")),
        pinned=value.get("is_starred") is True,
        **lifetime(iso(value.get("created_at")), iso(value.get("updated_at")), now),
    )
    hidden = sum(message.text is None for message in messages)
    leaf = text_of(value.get("current_leaf_message_uuid"))
    return Chat(session, messages, leaf, hidden=hidden)


def _texts(given: dict[str, Any], message: Message) -> Iterator[str]:
    """What people see of a message: its text, then its attachments."""
    blocks = given.get("content")
    found = list(_blocks(blocks, message)) if isinstance(blocks, list) else []
    yield "\n\n".join(found) or text_of(given.get("text")) or ""
    for each in list_of(given.get("attachments")):
        file = object_of(each)
        yield attached(file.get("file_name"), file.get("extracted_content"), message.parts)
    for each in [*list_of(given.get("files")), *list_of(given.get("files_v2"))]:
        yield marker("file", message.parts, object_of(each).get("file_name"))


def _blocks(blocks: list[Any], message: Message) -> Iterator[str]:
    for block in blocks:
        given = object_of(block)
        if artifact := _artifact(given):
            yield artifact
        elif text := text_of(given.get("text")) or (block if isinstance(block, str) else None):
            yield text
        elif given and given.get("type") != "text" and str(given.get("type")) not in UNSEEN:
            yield marker(str(given.get("type")), message.parts)
