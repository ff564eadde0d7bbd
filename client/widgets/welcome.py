"""The welcome for a new user: what this is, questions to press, and what is kept, in one line."""

import streamlit as st

from client.formatting.text import plain
from client.state import asking
from client.state.browser_tab import Tab
from client.state.preferences import save_first_choices
from client.widgets.preference_fields import ANALYTICS, SAVING
from client.wording import N_, _

WHAT = N_(
    "Recollect keeps your questions and their answers, finds them again by a few words, and lets you "
    "take them with you or erase them."
)
KEYS = {"saveConversations": "first-saving", "analyticsOptIn": "first-analytics"}


def welcome(tab: Tab) -> None:
    """Draw the welcome, for a user who has no sessions."""
    st.header(_("Welcome to Recollect"), anchor=False)
    st.write(_(WHAT))
    if tab.answerer.notice:
        st.caption(_(tab.answerer.notice))
    with st.container(key="examples", gap="small"):
        for place, question in enumerate(map(_, tab.answerer.examples)):
            st.button(
                plain(question),
                key=f"example-{place}",
                icon=":material/arrow_forward:",
                width="stretch",
                on_click=tab.later,
                args=(asking.ask(question),),
            )
    _first_choices(tab)


def _first_choices(tab: Tab) -> None:
    """Draw the switches for what is kept and who sees it; each change is saved at once."""
    if tab.preferences is None:
        return
    privacy = tab.preferences.privacy_settings
    shown = tab.switched or {
        "saveConversations": privacy.save_conversations,
        "analyticsOptIn": privacy.analytics_opt_in,
    }
    for name, key in KEYS.items():
        st.session_state[key] = shown[name]

    def save() -> None:
        # Kept until it is saved, so that it holds for the first question even if saving it fails now.
        tab.switched = {name: st.session_state[key] for name, key in KEYS.items()}
        tab.later(save_first_choices)

    with st.container(horizontal=True, vertical_alignment="center", key="first-choices"):
        st.toggle(_(SAVING.label), key="first-saving", help=_(SAVING.help), on_change=save)
        st.toggle(_(ANALYTICS.label), key="first-analytics", help=_(ANALYTICS.help), on_change=save)
