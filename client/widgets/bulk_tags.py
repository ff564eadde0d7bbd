"""The dialog that adds tags to several sessions and removes others from them."""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from client.api.fragments import SessionRow
from client.formatting.text import sessions as counted
from client.state import session_actions as actions
from client.state.browser_tab import Tab
from client.widgets.dialogs import in_dialog
from client.widgets.error_messages import reopen_on_error, show_errors
from client.wording import N_, _


def tags_dialog(
    tab: Tab, sessions: Sequence[SessionRow], typed: str = "", problems: Sequence[str] = ()
) -> Callable[[], None]:
    """Returns a function that opens the dialog for these sessions."""
    present = sorted({tag for session in sessions for tag in session.tags})

    @in_dialog(N_("Tags"))
    def show() -> None:
        def save() -> None:
            words = st.session_state["tags-added"]
            added = [tag.strip() for tag in words.split(",") if tag.strip()]
            change = actions.tag_many(sessions, added, st.session_state["tags-removed"])
            again = partial(_reopened, tab, sessions, words)
            tab.later(reopen_on_error(change, again))

        show_errors(problems)
        st.write(counted(len(sessions)))
        with st.form("tag-many", border=False):
            st.text_input(_("Add"), typed, key="tags-added", placeholder=_("travel, zürich"))
            st.caption(_("Your own words, separated by commas."))
            st.multiselect(
                _("Remove"),
                present,
                key="tags-removed",
                disabled=not present,
                placeholder=_("Choose tags"),
            )
            st.form_submit_button(_("Save"), type="primary", on_click=save)
            tab.run_now()

    return show


def _reopened(
    tab: Tab, sessions: Sequence[SessionRow], typed: str, problems: Sequence[str]
) -> None:
    tags_dialog(tab, sessions, typed, problems)()
