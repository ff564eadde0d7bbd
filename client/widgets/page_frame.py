"""The frame of every page: the user, actions, notices and errors."""

from collections.abc import Callable

import streamlit as st

from client.state.browser_tab import Action, Tab, api_url, current_tab
from client.state.identity import sign_in_again, sign_out
from client.state.location import forget_location, keep_location
from client.state.rerunning import rerun
from client.widgets import palette, shortcuts
from client.widgets.dialogs import show_dialog
from client.widgets.error_messages import show_errors
from client.widgets.history import merge_history_steps
from client.widgets.sign_in import sign_in_page
from client.widgets.theme import apply_style, apply_theme
from client.wording import _, set_language


def page(load: Action, show: Callable[[Tab], None], *, live: bool = False) -> None:
    """Run one page: run the action of a click, load what the page shows, and draw it.

    A `live` page reruns when the user's data changes elsewhere, unless a dialog is open.
    """
    tab = current_tab()
    if tab is None:
        sign_in_page(api_url())
        return
    if tab.drawn and (tab.stale or not tab.unasked):
        tab.problems.clear()
        tab.notice = None
    tab.drawn = tab.unasked = False
    rerun(tab, load)
    if set_language(tab.language) or tab.is_admin != tab.shown_to_admin:
        # The navigation was drawn before this was known.
        st.rerun()
    apply_style(tab.preferences)
    _notice(tab)
    with st.sidebar:
        palette.button(tab)
    if tab.saved:
        tab.saved = False
        st.toast(_("Saved."), icon=":material/check:")
    show(tab)
    with st.sidebar:
        shortcuts.button(tab)
    if tab.person.can_sign_out:
        st.sidebar.button(
            _("Sign out"), key="sign-out", icon=":material/logout:", on_click=sign_out
        )
    show_dialog(tab)
    if tab.known and tab.person.location:
        # In each run, because a browser that is busy may skip what only one run draws.
        forget_location()
    shortcuts.listen()
    merge_history_steps()
    apply_theme(tab.preferences)
    tab.drawn = True
    if live and tab.viewer and not tab.in_dialog:
        for each in tab.listening:
            each.watch(lambda: setattr(tab, "unasked", True))


def problems(tab: Tab) -> None:
    """Draw errors, and a button to continue."""
    show_errors([*tab.problems, *([tab.unloaded] if tab.unloaded else [])])
    if tab.signed_out:
        if tab.known:
            keep_location()
        st.button(_("Sign in again"), key="sign-in-again", type="primary", on_click=sign_in_again)
    elif tab.stale:
        st.button(_("Try again"), key="again", on_click=tab.problems.clear)


def _notice(tab: Tab) -> None:
    notice = tab.notice
    if notice is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="notice"):
        st.success(notice.text, icon=":material/check:")
        if notice.undo:
            st.button(_("Undo"), key="undo", on_click=tab.later, args=(notice.undo,))
