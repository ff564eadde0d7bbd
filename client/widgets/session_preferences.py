"""The dialog for preferences of one session that differ from the user's."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from client.api.enums import ResponseStyle
from client.api.fragments import SessionRow
from client.api.input_types import SessionPreferencesInput, UpdateSessionPreferencesInput
from client.state.browser_tab import Action, Tab
from client.transport import ApiError
from client.widgets.dialogs import in_dialog
from client.widgets.error_messages import reopen_on_error, show_errors
from client.widgets.preference_fields import ANSWERS, OPTIONS, not_followed
from client.wording import N_, _

INHERIT = N_("As in my preferences")
SHOWN = {None: INHERIT, True: N_("Show"), False: N_("Hide")}


@in_dialog(N_("Preferences of this session"))
def session_preferences(
    tab: Tab,
    session: SessionRow,
    chosen: Mapping[str, Any] | None = None,
    problems: Sequence[str] = (),
) -> None:
    """Draw it. Changes apply from the next question on.

    After a refusal, `chosen` is what was entered and `problems` says why it was refused.
    """
    if chosen is not None:
        show_errors(problems)
        _form(tab, session, chosen)
        return
    try:
        found = tab.api.session_preferences(session.id).session
    except ApiError as error:
        show_errors([str(error)])
        return
    if found is None:
        st.caption(_("The session is gone."))
        return
    has = found.overrides
    shown = _patch(
        has.response_style,
        has.language_preference,
        has.ui_settings.show_citations,
        has.save_conversations,
    )
    _form(tab, session, shown)


def _patch(
    style: ResponseStyle | None, language: str | None, sources: bool | None, saving: bool | None
) -> dict[str, Any]:
    """The values of the dialog, with the API's names."""
    return {
        "responseStyle": style,
        "languagePreference": language,
        "uiSettings": {"showCitations": sources},
        "saveConversations": saving,
    }


def _form(tab: Tab, session: SessionRow, shown: Mapping[str, Any]) -> None:
    def save() -> None:
        state = st.session_state
        chosen = _patch(
            state["session-style"],
            state["session-language"].strip() or None,
            state["session-sources"],
            False if state["session-unsaved"] else None,
        )
        again = partial(session_preferences, tab, session, chosen)
        tab.later(reopen_on_error(changed(session, chosen), again))

    styles = [None, *ResponseStyle]
    with st.form("session-preferences", border=False):
        st.selectbox(
            _("Style"),
            styles,
            styles.index(shown["responseStyle"]),
            format_func=lambda style: _(OPTIONS[style] if style else INHERIT),
            key="session-style",
        )
        st.text_input(
            _("Language"),
            shown["languagePreference"] or "",
            placeholder=_(INHERIT),
            max_chars=35,
            key="session-language",
        )
        if ignored := not_followed(tab.answerer, *ANSWERS):
            st.caption(ignored)
        st.selectbox(
            _("Sources"),
            list(SHOWN),
            list(SHOWN).index(shown["uiSettings"]["showCitations"]),
            format_func=lambda choice: _(SHOWN[choice]),
            key="session-sources",
        )
        st.toggle(
            _("Don't keep what is said from now on"),
            shown["saveConversations"] is False,
            key="session-unsaved",
        )
        st.form_submit_button(_("Save"), type="primary", on_click=save)
        tab.run_now()


def changed(session: SessionRow, patch: Mapping[str, Any]) -> Action:
    """Set the session's overrides; None inherits."""
    given = UpdateSessionPreferencesInput(
        session_id=session.id, preferences=SessionPreferencesInput.model_validate(patch)
    )

    def action(tab: Tab) -> bool:
        done = tab.api.update_session_preferences(given)
        tab.report(done.user_errors)
        return not done.user_errors

    return action
