"""LibreChat's export of one chat: its messages as a tree of `children`, or in a list."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from resolvers.transfer.archive import ArchivedSession
from resolvers.transfer.importing.readers.entries import Finding, Omitted, Skipped
from resolvers.transfer.importing.readers.json_values import BadValue
from resolvers.transfer.importing.readers.messages import (
    UNREADABLE,
    Chat,
    Message,
    attached,
    feedback_of,
    id_or_first_message,
    iso,
    lifetime,
    list_of,
    object_of,
    text_of,
    title_of,
)
from resolvers.transfer.importing.readers.parents import parents
from resolvers.transfer.importing.readers.plain import text_in

UNSEEN = {"think", "tool_call", "tool_result", "agent_update"}
RATINGS = {"thumbsUp": 1, "thumbsDown": -1}


def fits(value: dict[str, Any]) -> bool:
    """Whether a value looks like one of its chats."""
    messages = map(object_of, list_of(value.get("messages")))
    return any("messageId" in each for each in messages)


def to_chat(value: dict[str, Any], place: str, now: datetime) -> Chat:
    """A chat; a message's id is its own. Raises `BadValue`."""
    said = value.get("messages")
    if not isinstance(said, list):
        raise BadValue("it has no messages")
    listed, above = parents(list(_flat(said)), "messageId", "parentMessageId")
    options = object_of(value.get("options"))
    messages: list[Message] = []
    remarks: list[Finding] = []
    hidden = 0
    for number, (key, given) in enumerate(listed.items(), 1):
        where = f"{place}, message {number}"
        by_user = given.get("isCreatedByUser")
        if not isinstance(by_user, bool):
            by_user = str(given.get("sender")).strip().casefold() == "user"
        message = Message(where, key, above[key], by_user, None, iso(given.get("createdAt")))
        messages.append(message)
        text = _text(given, message.parts)
        if text is None and not by_user and isinstance(given.get("content"), list):
            hidden += 1
            continue
        if text is None:
            text = UNREADABLE
            reason = "The message has no text that can be read."
            remarks.append(Skipped(where, reason, Omitted.UNREADABLE_MESSAGE, "text"))
        message.text = "\n".join(part for part in (text, *_files(given, message.parts)) if part)
        if not by_user:
            message.model = text_of(given.get("model")) or text_of(options.get("model"))
            judged = object_of(given.get("feedback"))
            score = RATINGS.get(str(judged.get("rating")), 0)
            feedback = feedback_of(score, judged.get("text"))
            message.details = {"feedback": feedback} if feedback else {}
    times = [message.time for message in messages if message.time]
    own = text_of(value.get("conversationId"))
    session = ArchivedSession(
        id=id_or_first_message(own, messages),
        title=title_of(value.get("title")),
        **lifetime(min(times, default=None), max(times, default=None), now),
    )
    return Chat(session, messages, None, remarks, hidden)


def _flat(said: list[Any]) -> Iterator[Any]:
    """The messages of a tree, each before those below it."""
    waiting = said[::-1]
    while waiting:
        each = waiting.pop()
        yield each
        below = list_of(object_of(each).get("children"))
        named = object_of(each).get("messageId")
        waiting += [
            {"parentMessageId": named, **child} if isinstance(child, dict) else child
            for child in below[::-1]
        ]


def _text(given: dict[str, Any], parts: Counter[str]) -> str | None:
    """What people see of a message; newer messages have it in blocks."""
    if text := text_of(given.get("text")):
        return text
    blocks = given.get("content")
    if not isinstance(blocks, list):
        return text_in(given.get("text"), parts)
    shown = [each for each in blocks if str(object_of(each).get("type")) not in UNSEEN]
    return text_in(shown, parts) or None


def _files(given: dict[str, Any], parts: Counter[str]) -> Iterator[str]:
    for each in [*list_of(given.get("files")), *list_of(given.get("attachments"))]:
        file = object_of(each)
        yield attached(file.get("filename"), file.get("text"), parts)
