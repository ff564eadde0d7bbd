"""Every preference that is not about privacy, which has a page of its own."""

import streamlit as st

from client.state.browser_tab import Notice, Tab
from client.state.loading import origins
from client.widgets.page_frame import page, problems
from client.widgets.preference_fields import (
    ANSWERS,
    APPEARANCE,
    NOTIFICATIONS,
    draw,
    not_followed,
)

GROUPS = {"Answers": ANSWERS, "Looks": APPEARANCE, "Notifications": NOTIFICATIONS}


def load(tab: Tab) -> None:
    """Read what is in force, and who decided it."""
    viewer = tab.api.viewer_preferences()
    tab.preferences = viewer.preferences
    tab.origins = origins(viewer.preference_sources)


def show(tab: Tab) -> None:
    """Draw the page."""
    st.header("Preferences", anchor=False)
    problems(tab)
    if not tab.origins:
        return
    for name, preferences in GROUPS.items():
        st.subheader(name, anchor=False)
        for preference in preferences:
            draw(tab, preference)
            if ignored := not_followed(tab.answerer, preference):
                st.caption(ignored)
    st.caption("They hold in every session, but where a session has preferences of its own.")
    st.button(
        "Reset all preferences",
        key="reset",
        help="Those on the page Privacy too: what is kept, how long, and who sees it.",
        on_click=tab.later,
        args=(_reset,),
    )


def _reset(tab: Tab) -> None:
    done = tab.api.reset_preferences()
    tab.unsaved.clear()
    tab.report(done.user_errors)
    if not done.user_errors:
        tab.notice = Notice("All preferences are as the service sets them.")


page(load, show)
