"""The dialog for preferences of one session that differ from the user's."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from client.api.enums import ResponseStyle
from client.api.fragments import SessionRow, SessionSettings
from client.api.input_types import SessionPreferencesInput, UpdateSessionPreferencesInput
from client.state.browser_tab import Action, Tab
from client.state.preferences import LANGUAGE, SAVE_CONVERSATIONS
from client.state.rerunning import act_in_dialog
from client.transport import ApiError
from client.widgets.dialogs import in_dialog
from client.widgets.error_messages import show_errors
from client.widgets.preference_fields import (
    ANSWERS,
    OPTIONS,
    ORIGINS,
    SOURCES,
    by_name,
    not_followed,
)
from client.wording import N_, _, language_names

INHERIT = N_("As in my preferences")
SHOWN = {INHERIT: INHERIT, True: N_("Show"), False: N_("Hide")}


@in_dialog(N_("Preferences of this session"))
def session_preferences(tab: Tab, session: SessionRow) -> None:
    """Draw the dialog. Changes are saved at once, and apply from the next question on."""
    problems = act_in_dialog(tab)
    if problems:
        show_errors(problems)
    elif problems is not None:
        st.toast(_("Saved."), icon=":material/check:")
    try:
        found = tab.api.session_preferences(session.id).session
    except ApiError as error:
        show_errors([str(error)])
        return
    if found is None:
        st.caption(_("The session is gone."))
        return
    _fields(tab, session.id, found)


def _fields(tab: Tab, session_id: str, settings: SessionSettings) -> None:
    origins = {each.field: each.source for each in settings.preference_sources}

    def field(
        name: str,
        widget: Callable[..., object],
        label: str,
        key: str,
        value: object,
        patch: Callable[[Any], Mapping[str, Any]],
        **given: Any,
    ) -> None:
        """A preference: its widget, the change that it sends to the API, and where its value comes from."""

        def note() -> None:
            given = st.session_state[key]
            tab.later(changed(session_id, patch(None if given == INHERIT else given)))

        # The value in force, even if it changed elsewhere or could not be set.
        st.session_state[key] = INHERIT if value is None else value
        with st.container(
            horizontal=True, vertical_alignment="center" if widget is st.toggle else "bottom"
        ):
            widget(label, key=key, on_change=note, **given)
            st.badge(_(ORIGINS[origins[name]]), color="gray")

    has, names = settings.overrides, language_names()
    field(
        "responseStyle",
        st.selectbox,
        _("Style"),
        "session-style",
        has.response_style,
        lambda style: {"responseStyle": style},
        options=[INHERIT, *ResponseStyle],
        format_func=lambda style: _(OPTIONS.get(style, INHERIT)),
    )
    language = has.language_preference
    field(
        LANGUAGE,
        st.selectbox,
        _("Language"),
        "session-language",
        language,
        lambda tag: {"languagePreference": tag},
        options=[INHERIT, *by_name(names, *([language] if language else []))],
        format_func=lambda tag: _(tag) if tag == INHERIT else names.get(tag, tag),
    )
    if ignored := not_followed(tab.answerer, *ANSWERS):
        st.caption(ignored)
    field(
        SOURCES,
        st.selectbox,
        _("Sources"),
        "session-sources",
        has.ui_settings.show_citations,
        lambda shown: {"uiSettings": {"showCitations": shown}},
        options=[*SHOWN],
        format_func=lambda shown: _(SHOWN[shown]),
    )
    field(
        SAVE_CONVERSATIONS,
        st.toggle,
        _("Don't keep what is said from now on"),
        "session-unsaved",
        has.save_conversations is False,
        lambda unsaved: {"saveConversations": False if unsaved else None},
    )


def changed(session_id: str, patch: Mapping[str, Any]) -> Action:
    """Set overrides of a session; None inherits."""
    given = UpdateSessionPreferencesInput(
        session_id=session_id, preferences=SessionPreferencesInput.model_validate(patch)
    )
    return lambda tab: tab.report(tab.api.update_session_preferences(given).user_errors)
