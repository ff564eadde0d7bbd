"""Chats as plain turns: `{"id", "turns": [{"query", "response"}]}`."""

from datetime import datetime
from typing import Any

from resolvers.transfer.archive import ArchivedSession
from resolvers.transfer.importing.readers.chats import Chat, Message, text_of
from resolvers.transfer.importing.readers.entries import Finding, Skipped
from resolvers.transfer.importing.readers.json_values import BadValue
from resolvers.transfer.importing.readers.sharegpt import chat_id


def to_chat(value: dict[str, Any], place: str, now: datetime) -> Chat:
    """A chat; a turn's id is its number, and its `response` may be null. Raises `BadValue`."""
    turns = value.get("turns")
    if not isinstance(turns, list):
        raise BadValue("it has no turns")
    messages: list[Message] = []
    remarks: list[Finding] = []
    for number, entry in enumerate(turns, 1):
        where = f"{place}, turn {number}"
        query = entry.get("query") if isinstance(entry, dict) else None
        response = entry.get("response") if isinstance(entry, dict) else None
        if not isinstance(query, str) or not isinstance(response, str | None):
            remarks.append(
                Skipped(where, "The turn needs a query, and a response that is a string or null.")
            )
            continue
        messages.append(Message(where, str(number), True, query))
        if response is not None:
            messages.append(Message(where, str(number), False, response))
    category = text_of(value.get("category"))
    session = ArchivedSession(
        id=chat_id(value, [message.text for message in messages]),
        title=text_of(value.get("title")),
        created_at=now,
        last_active=now,
        metadata={"category": category} if category else {},
    )
    return Chat(session, messages, remarks)
