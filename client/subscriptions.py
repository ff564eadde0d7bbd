"""Typed subscriptions: the generator makes their models, but no methods.

Each generator blocks until the next event. Events arrive at least once, each with the cursor to
continue from after an interruption. They raise `ApiError`.
"""

from collections.abc import Generator

from client.api.client import Client
from client.api.operations import (
    SESSION_CHANGES_GQL,
    TURN_CHANGES_GQL,
)
from client.api.session_changes import SessionChanges, SessionChangesSessionChanges
from client.api.turn_changes import TurnChanges, TurnChangesConversationChanges


def session_changes(
    client: Client, after: str | None = None
) -> Generator[SessionChangesSessionChanges, None, None]:
    """The events of the viewer's sessions and preferences, from a cursor or from now on."""
    for data in client.follow(SESSION_CHANGES_GQL, "SessionChanges", {"after": after}):
        if data:
            yield SessionChanges.model_validate(data).session_changes


def turn_changes(
    client: Client, session: str, after: str | None = None
) -> Generator[TurnChangesConversationChanges, None, None]:
    """The events of a session's turns, from a cursor or from now on. It ends with the session."""
    variables = {"session": session, "after": after}
    for data in client.follow(TURN_CHANGES_GQL, "TurnChanges", variables):
        if data:
            yield TurnChanges.model_validate(data).conversation_changes
