"""What somebody new is asked, once: whether chats are kept, and whether analysts may see them."""

import streamlit as st

from client.api.enums import PreferenceOrigin
from client.preference_fields import ANALYTICS, SAVING, chosen
from client.tab import Tab


def undecided(tab: Tab) -> bool:
    """Whether the person has not said yet what is to be kept."""
    return tab.origins.get(SAVING.field) is PreferenceOrigin.SERVICE


def first_use(tab: Tab) -> None:
    """Draw the question."""

    def save() -> None:
        given = {
            "saveConversations": st.session_state["first-saving"],
            "analyticsOptIn": st.session_state["first-analytics"],
        }
        tab.later(chosen({"privacySettings": given}))

    with st.form("first-use"):
        st.write("**Before you begin.** You can change both at any time on the page Privacy.")
        st.toggle("Keep my chats, so that I find them again", True, key="first-saving")
        st.toggle(ANALYTICS.label, False, key="first-analytics", help=ANALYTICS.help)
        st.form_submit_button("That is right", on_click=save)
