"""Chats as plain turns: `{"id", "turns": [{"query", "response"}]}`."""

from datetime import datetime
from typing import Any

from resolvers.transfer.archive import ArchivedSession
from resolvers.transfer.importing.readers.entries import Finding, Omitted, Skipped
from resolvers.transfer.importing.readers.json_values import BadValue
from resolvers.transfer.importing.readers.messages import (
    Chat,
    Message,
    chat_id,
    last_id,
    text_of,
    title_of,
)


def fits(value: dict[str, Any]) -> bool:
    """Whether a value looks like one of these chats."""
    return "turns" in value


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
            why = "The turn needs a query, and a response that is a string or null."
            remarks.append(Skipped(where, why, Omitted.UNREADABLE_MESSAGE))
            continue
        messages.append(Message(where, str(number), last_id(messages), True, query))
        if response is not None:
            answer = f"{number} answer"
            messages.append(Message(where, answer, str(number), False, response))
    category = text_of(value.get("category"))
    session = ArchivedSession(
        id=chat_id(value, [message.text or "" for message in messages]),
        title=title_of(value.get("title")),
        created_at=now,
        last_active=now,
        metadata={"category": category} if category else {},
    )
    return Chat(session, messages, remarks=remarks)
