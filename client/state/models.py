"""The model that answers in a session, if there is a choice."""

from collections.abc import Mapping
from typing import Any

from client.api.input_types import UpdateSessionMetadataInput
from client.state.browser_tab import Action, Tab

FIELD = "model"
"""The field of a session's metadata that names it."""


def chosen_model(tab: Tab) -> str | None:
    """The model chosen for the open session, or for the next one; None for the answerer's own."""
    named = tab.session.metadata.get(FIELD) if tab.session else tab.model
    return named if named in tab.answerer.models() else None


def choose_model(name: str | None) -> Action:
    """Choose the model that answers from the next question on: in the open session, or in the next one."""

    def action(tab: Tab) -> None:
        if tab.session is None:
            tab.model = name
        else:
            name_model(tab.session.id, tab.session.metadata, name)(tab)

    return action


def name_model(session_id: str, metadata: Mapping[str, Any], name: str | None) -> Action:
    """Store the name of a model in a session that has this metadata; None removes it."""
    kept = {key: value for key, value in metadata.items() if key != FIELD}
    given = UpdateSessionMetadataInput(
        session_id=session_id, metadata=kept | ({FIELD: name} if name else {})
    )
    return lambda tab: tab.report(tab.api.set_session_metadata(given).user_errors)
