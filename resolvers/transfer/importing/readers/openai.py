"""Messages in the form of OpenAI's API: `{"messages": [{"role", "content"}]}`, or only the list itself."""

from datetime import datetime
from typing import Any

from resolvers.transfer.archive import ArchivedSession
from resolvers.transfer.importing.readers.json_values import BadValue
from resolvers.transfer.importing.readers.messages import (
    Chat,
    chat_id,
    lifetime,
    list_of,
    object_of,
    seconds,
    text_of,
    title_of,
)
from resolvers.transfer.importing.readers.plain import Messages


def fits(value: dict[str, Any]) -> bool:
    """Whether a value looks like one of these chats."""
    said = list_of(value.get("messages"))
    return any("role" in object_of(each) for each in said)


def is_message(value: dict[str, Any]) -> bool:
    """Whether a value looks like a message: a list of them is one chat."""
    return isinstance(value.get("role"), str) and "content" in value


def to_chat(value: dict[str, Any], place: str, now: datetime) -> Chat:
    """A chat; a message's id is its number. Raises `BadValue`."""
    said = value.get("messages")
    if not isinstance(said, list):
        raise BadValue("it has no messages")
    messages = Messages(place)
    for entry in said:
        message = object_of(entry)
        messages.add(message.get("role"), message.get("content"))
        if messages.visible and not messages.visible[-1].by_user:
            messages.visible[-1].model = text_of(value.get("model"))
    created = seconds(value.get("created") or value.get("created_at"))
    session = ArchivedSession(
        id=chat_id(value, messages.texts),
        title=title_of(value.get("title"), value.get("name")),
        **lifetime(created, None, now),
    )
    return Chat(session, messages.visible, None, messages.remarks, messages.hidden)
