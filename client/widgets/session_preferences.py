"""The dialog for preferences of one session that differ from the user's."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

import streamlit as st

from client.api.enums import PreferenceOrigin, ResponseStyle
from client.api.fragments import SessionRow
from client.api.input_types import SessionPreferencesInput, UpdateSessionPreferencesInput
from client.state.browser_tab import Action, Tab
from client.state.preferences import LANGUAGE, SAVE_CONVERSATIONS
from client.transport import ApiError
from client.widgets.dialogs import in_dialog
from client.widgets.error_messages import reopen_on_error, show_errors
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
SHOWN = {None: INHERIT, True: N_("Show"), False: N_("Hide")}
Origins: TypeAlias = Mapping[str, PreferenceOrigin]
"""Where each preference in force comes from."""


@in_dialog(N_("Preferences of this session"))
def session_preferences(
    tab: Tab,
    session: SessionRow,
    refused: tuple[Mapping[str, Any], Origins] | None = None,
    problems: Sequence[str] = (),
) -> None:
    """Draw it. Changes apply from the next question on.

    After a refusal, `refused` is what was entered, with the origins shown beside it, and `problems` says
    why it was refused.
    """
    if refused is not None:
        show_errors(problems)
        _form(tab, session, *refused)
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
    _form(tab, session, shown, {each.field: each.source for each in found.preference_sources})


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


def _form(tab: Tab, session: SessionRow, shown: Mapping[str, Any], origins: Origins) -> None:
    def save() -> None:
        state = st.session_state
        chosen = _patch(
            state["session-style"],
            state["session-language"],
            state["session-sources"],
            False if state["session-unsaved"] else None,
        )
        again = partial(session_preferences, tab, session, (chosen, origins))
        tab.later(reopen_on_error(changed(session, chosen), again))

    def choice(
        field: str,
        label: str,
        key: str,
        values: Sequence[Any],
        value: Any,
        name: Callable[[Any], str],
    ) -> None:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.selectbox(label, values, values.index(value), format_func=name, key=key)
            st.badge(_(ORIGINS[origins[field]]), color="gray")

    style, language = shown["responseStyle"], shown["languagePreference"]
    names = language_names()
    with st.form("session-preferences", border=False):
        choice(
            "responseStyle",
            _("Style"),
            "session-style",
            [None, *ResponseStyle],
            style,
            lambda style: _(OPTIONS[style] if style else INHERIT),
        )
        choice(
            LANGUAGE,
            _("Language"),
            "session-language",
            [None, *by_name(names, *([language] if language else []))],
            language,
            lambda tag: names.get(tag, tag) if tag else _(INHERIT),
        )
        if ignored := not_followed(tab.answerer, *ANSWERS):
            st.caption(ignored)
        choice(
            SOURCES,
            _("Sources"),
            "session-sources",
            [*SHOWN],
            shown["uiSettings"]["showCitations"],
            lambda choice: _(SHOWN[choice]),
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            st.toggle(
                _("Don't keep what is said from now on"),
                shown["saveConversations"] is False,
                key="session-unsaved",
            )
            st.badge(_(ORIGINS[origins[SAVE_CONVERSATIONS]]), color="gray")
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
