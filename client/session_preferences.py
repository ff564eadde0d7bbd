"""The dialog with what one session has otherwise than its owner's preferences."""

from typing import Any

import streamlit as st

from client.api.enums import ResponseStyle
from client.api.fragments import Overrides, SessionRow
from client.api.input_types import SessionPreferencesInput, UpdateSessionPreferencesInput
from client.tab import Action, Tab
from client.text import plain
from client.transport import ApiError

INHERIT = "As in my preferences"
SHOWN = {None: INHERIT, True: "Show", False: "Hide"}


@st.dialog("Preferences of this session")
def session_preferences(tab: Tab, session: SessionRow) -> None:
    """Draw it; what is changed holds from the next question on."""
    try:
        found = tab.api.session_preferences(session.id).session
    except ApiError as error:
        st.error(plain(str(error)), icon=":material/info:")
        return
    if found is None:
        st.caption("The session is gone.")
        return
    _form(tab, session, found.overrides)


def _form(tab: Tab, session: SessionRow, has: Overrides) -> None:
    def save() -> None:
        state = st.session_state
        patch = {
            "responseStyle": state["session-style"],
            "languagePreference": state["session-language"].strip() or None,
            "uiSettings": {"showCitations": state["session-sources"]},
            "saveConversations": False if state["session-unsaved"] else None,
        }
        tab.later(changed(session, patch))

    styles = [None, *ResponseStyle]
    with st.form("session-preferences", border=False):
        st.selectbox(
            "Style",
            styles,
            styles.index(has.response_style),
            format_func=lambda style: style.value.capitalize() if style else INHERIT,
            key="session-style",
        )
        st.text_input(
            "Language",
            has.language_preference or "",
            placeholder=INHERIT,
            max_chars=35,
            key="session-language",
        )
        st.selectbox(
            "Sources",
            list(SHOWN),
            list(SHOWN).index(has.ui_settings.show_citations),
            format_func=lambda choice: SHOWN[choice],
            key="session-sources",
        )
        st.toggle(
            "Keep nothing of what is said from now on",
            has.save_conversations is False,
            key="session-unsaved",
        )
        if st.form_submit_button("Save", type="primary", on_click=save):
            st.rerun()


def changed(session: SessionRow, patch: dict[str, Any]) -> Action:
    """Set what the session overrides; None inherits."""
    given = UpdateSessionPreferencesInput(
        session_id=session.id, preferences=SessionPreferencesInput.model_validate(patch)
    )

    def action(tab: Tab) -> None:
        done = tab.api.update_session_preferences(given)
        tab.tell(done.user_errors)

    return action
