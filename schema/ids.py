"""Global ids: the type's name, then the ids below the owner, e.g. `Conversation.chat-7.turn-2`.

An owner is never part of an id: whose record it is follows from who asks.
"""

from typing import TypeAlias

from resolvers.errors import invalid
from resolvers.input_limits import ID

ParsedId: TypeAlias = tuple[str, ...]

PARTS = {"Session": 1, "Conversation": 2}


def global_id(kind: str, *ids: str) -> str:
    """The global id of a record."""
    return ".".join((kind, *ids))


def parse_id(value: str, field: str, kind: str | None = None) -> ParsedId:
    """The type's name and the ids of a global id; raises `Refused` unless it is one, of `kind` if
    given."""
    name, *ids = value.split(".", maxsplit=max(PARTS.values()) + 1)
    if (
        len(ids) != PARTS.get(name)
        or not all(ID.fullmatch(part) for part in ids)
        or kind not in (None, name)
    ):
        expected = f"a {kind}" if kind else "a Session or a Conversation"
        raise invalid(f"{field} is not the id of {expected}; pass on the id field of one.", field)
    return name, *ids


def session_id(value: str, field: str = "sessionId") -> str:
    """The session id in a Session's global id; raises `Refused`."""
    return parse_id(value, field, "Session")[1]


def conversation_ids(value: str, field: str = "conversationId") -> tuple[str, str]:
    """The session id and conversation id in a Conversation's global id; raises `Refused`."""
    _, session, conversation = parse_id(value, field, "Conversation")
    return session, conversation
