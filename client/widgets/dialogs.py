"""Dialogs. While one is open the page does not rerun by itself: that would close it and lose what
was typed into it."""

from functools import partial

import streamlit as st

from client.state.browser_tab import Tab

in_dialog = partial(st.dialog, on_dismiss="rerun")
"""Decorator for a function that draws a dialog. Closing the dialog reruns the page, so that it notices."""


def show_dialog(tab: Tab) -> None:
    """Open the requested dialog, if any. This run of the page has closed any other."""
    tab.in_dialog = tab.dialog is not None
    if dialog := tab.dialog:
        tab.dialog = None
        dialog()
