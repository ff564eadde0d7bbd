"""ShareGPT's files: chats of `conversations`, each message with `from` and `value`."""

from datetime import datetime
from typing import Any

from resolvers.transfer.archive import ArchivedSession
from resolvers.transfer.importing.readers.json_values import BadValue
from resolvers.transfer.importing.readers.messages import Chat, chat_id, title_of
from resolvers.transfer.importing.readers.plain import Messages


def fits(value: dict[str, Any]) -> bool:
    """Whether a value looks like one of its chats."""
    return isinstance(value.get("conversations"), list)


def to_chat(value: dict[str, Any], place: str, now: datetime) -> Chat:
    """A chat; a message's id is its number. Raises `BadValue`."""
    said = value.get("conversations")
    if not isinstance(said, list):
        raise BadValue("it has no conversations")
    messages = Messages(place)
    for entry in said:
        message = entry if isinstance(entry, dict) else {}
        role = message.get("from", message.get("role"))
        messages.add(role, message.get("value", message.get("content")))
    session = ArchivedSession(
        id=chat_id(value, messages.texts),
        title=title_of(value.get("title")),
        created_at=now,
        last_active=now,
    )
    return Chat(session, messages.visible, None, messages.remarks, messages.hidden)
