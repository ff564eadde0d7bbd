"""ShareGPT's files: chats of `conversations`, each message with `from` and `value`."""

from datetime import datetime
from typing import Any

from resolvers.transfer.archive import ArchivedSession
from resolvers.transfer.importing.readers.chats import Chat, Message, text_of
from resolvers.transfer.importing.readers.entries import Finding, Hidden, Skipped
from resolvers.transfer.importing.readers.json_values import BadValue

HUMAN = {"human", "user"}
ASSISTANT = {"gpt", "assistant", "chatgpt", "bing", "bard", "model"}


def to_chat(value: dict[str, Any], place: str, now: datetime) -> Chat:
    """A chat; a message's id is its number. Raises `BadValue`."""
    said = value.get("conversations")
    if not isinstance(said, list):
        raise BadValue("it has no conversations")
    messages: list[Message] = []
    remarks: list[Finding] = []
    hidden = 0
    for number, entry in enumerate(said, 1):
        where = f"{place}, message {number}"
        role = entry.get("from", entry.get("role")) if isinstance(entry, dict) else None
        text = entry.get("value", entry.get("content")) if isinstance(entry, dict) else None
        if not isinstance(role, str) or not isinstance(text, str):
            remarks.append(
                Skipped(where, "The message needs a 'from' and a 'value', both strings.")
            )
        elif role in HUMAN | ASSISTANT:
            messages.append(Message(where, str(number), role in HUMAN, text))
        else:
            hidden += 1
    session = ArchivedSession(
        id=chat_id(value, [message.text for message in messages]),
        title=text_of(value.get("title")),
        created_at=now,
        last_active=now,
    )
    return Chat(session, messages, [*remarks, Hidden(hidden)])


def chat_id(value: dict[str, Any], texts: list[str]) -> str:
    """What tells a chat from others: its id, which such files give anew, and how it begins.

    Without an id it is all that is said.
    """
    own = value.get("id")
    if isinstance(own, str | int) and str(own).strip():
        return "\n".join([str(own), *texts[:1]])
    return "\n".join(["", *texts])
