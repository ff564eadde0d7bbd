"""Dialogs. While one is open the page does not run again by itself: that would close it, and what was
typed into it would be lost."""

from functools import partial

import streamlit as st

from client.state.browser_tab import Tab

in_dialog = partial(st.dialog, on_dismiss="rerun")
"""Decorates what draws a dialog. Closing it runs the page, which so learns that it is closed."""


def show_dialog(tab: Tab) -> None:
    """Open the one that was asked for, if any; this run of the page has closed any other."""
    tab.in_dialog = tab.dialog is not None
    if dialog := tab.dialog:
        tab.dialog = None
        dialog()
