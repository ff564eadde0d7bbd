"""Vertex AI Search's list of sessions: `{"sessions": [{"name", "turns"}]}`.

https://cloud.google.com/generative-ai-app-builder/docs/reference/rest/v1/projects.locations.collections.engines.sessions
"""

from datetime import datetime
from typing import Any

from resolvers.transfer.archive import ArchivedSession
from resolvers.transfer.importing.readers.discovery import either, last_segment, sources
from resolvers.transfer.importing.readers.entries import Finding, Omitted, Skipped
from resolvers.transfer.importing.readers.json_values import BadValue
from resolvers.transfer.importing.readers.messages import (
    Chat,
    Message,
    citations,
    iso,
    last_id,
    lifetime,
    object_of,
    text_of,
    title_of,
)


def fits(value: dict[str, Any]) -> bool:
    """Whether a value looks like one of its sessions."""
    named = "/sessions/" in str(value.get("name"))
    return named and ("turns" in value or either(value, "userPseudoId") is not None)


def to_chat(value: dict[str, Any], place: str, now: datetime) -> Chat:
    """A chat; a turn's id is that of its query, or its number. Raises `BadValue`."""
    name, turns = text_of(value.get("name")), value.get("turns", [])
    if name is None or not isinstance(turns, list):
        raise BadValue("it has no name and turns")
    began = iso(either(value, "startTime"))
    messages: list[Message] = []
    remarks: list[Finding] = []
    for number, entry in enumerate(turns, 1):
        where = f"{place}, turn {number}"
        given = object_of(entry)
        query, answer = object_of(given.get("query")), object_of(either(given, "detailedAnswer"))
        text = text_of(query.get("text"))
        if text is None:
            remarks.append(Skipped(where, "The turn has no query.", Omitted.UNREADABLE_MESSAGE))
            continue
        answered = iso(either(answer, "createTime"))
        asked = began if number == 1 and began else answered
        own = text_of(either(query, "queryId")) or str(number)
        messages.append(Message(where, own, last_id(messages), True, text, asked))
        said = text_of(either(answer, "answerText"))
        if said is not None:
            reply = Message(where, f"{own} answer", own, False, said, answered)
            reply.details = citations(sources(answer))
            messages.append(reply)
    session = ArchivedSession(
        id=name,
        title=title_of(either(value, "displayName")),
        pinned=either(value, "isPinned") is True,
        answer_session=last_segment(name),
        **lifetime(began, iso(either(value, "endTime")), now),
    )
    return Chat(session, messages, remarks=remarks)
