"""Global ids: the type's name, then the ids below the owner, e.g. `Conversation.chat-7.turn-2`.

An owner is never part of an id by which a record is found: it is always one of the caller's own.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

from resolvers.errors import invalid
from resolvers.input_limits import ID

ParsedId: TypeAlias = tuple[str, ...]

PARTS = {"Session": 1, "Conversation": 2, "Branch": 2, "Notification": 1}
BRANCH_DIGITS = 3


@lru_cache(4096)
def global_id(kind: str, *ids: str) -> str:
    """The global id of a record."""
    return ".".join((kind, *ids))


def known_id(value: str) -> ParsedId | None:
    """The type's name and the ids in a global id; None if the value is not one."""
    name, *ids = value.split(".", maxsplit=max(PARTS.values()) + 1)
    if len(ids) != PARTS.get(name) or not all(map(ID.fullmatch, ids)):
        return None
    return name, *ids


def _ids(value: str, field: Sequence[str], kind: str) -> ParsedId:
    parsed = known_id(value)
    if parsed is None or parsed[0] != kind:
        raise invalid(
            f"{field[-1]} is not the id of a {kind}; pass on the id field of one.", *field
        )
    return parsed[1:]


def session_id(value: str, *field: str) -> str:
    """The session id in a Session's global id, given as `sessionId` or another field; raises `Refused`."""
    (session,) = _ids(value, field or ("sessionId",), "Session")
    return session


def notification_id(value: str, field: str = "notificationId") -> str:
    """The id in a Notification's global id; raises `Refused`."""
    (notification,) = _ids(value, (field,), "Notification")
    return notification


def conversation_ids(value: str, *field: str) -> tuple[str, str]:
    """The session id and conversation id in a Conversation's global id, given as `conversationId` or another
    field; raises `Refused`."""
    session, conversation = _ids(value, field or ("conversationId",), "Conversation")
    return session, conversation


def branch_number(value: str, session: str, *field: str) -> int:
    """The number of a branch of a session, in the branch's global id, given as `branch` or another field;
    raises `Refused`."""
    field = field or ("branch",)
    of_session, number = _ids(value, field, "Branch")
    if of_session != session or not number.isdecimal() or len(number) > BRANCH_DIGITS:
        raise invalid(
            f"{field[-1]} is not a branch of this session; pass on the id field of one.", *field
        )
    return int(number)
