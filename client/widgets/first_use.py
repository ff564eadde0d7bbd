"""Asks a new user, once, whether to keep chats and whether analysts may see them."""

import streamlit as st

from client.state.browser_tab import Tab
from client.state.preferences import save_first_choices
from client.widgets.preference_fields import ANALYTICS, SAVING


def first_use(tab: Tab) -> None:
    """Draw the question. It is not a form: the browser would not send what is switched in one."""
    if tab.preferences is None:
        return
    privacy = tab.preferences.privacy_settings
    shown = tab.switched or {
        "saveConversations": privacy.save_conversations,
        "analyticsOptIn": privacy.analytics_opt_in,
    }
    keys = {"saveConversations": "first-saving", "analyticsOptIn": "first-analytics"}
    for name, key in keys.items():
        st.session_state[key] = shown[name]

    def note() -> None:
        tab.switched = {name: st.session_state[key] for name, key in keys.items()}

    def save() -> None:
        note()
        tab.later(save_first_choices)

    with st.container(border=True):
        st.write("**Before you begin.** You can change both at any time on the page Privacy.")
        st.toggle(SAVING.label, key="first-saving", on_change=note)
        st.toggle(ANALYTICS.label, key="first-analytics", help=ANALYTICS.help, on_change=note)
        st.button("Save and begin", key="first-use", on_click=save)
