"""Dialogs. While one is open the page does not rerun by itself: that would close it and lose what
was typed into it."""

from collections.abc import Callable
from typing import ParamSpec

import streamlit as st

from client.state.browser_tab import Tab
from client.wording import _

Given = ParamSpec("Given")


def in_dialog(title: str) -> Callable[[Callable[Given, None]], Callable[Given, None]]:
    """Decorator for a function that draws a dialog; the title is translated when it is opened.

    Closing the dialog reruns the page, so that the page notices.
    """

    def decorated(draw: Callable[Given, None]) -> Callable[Given, None]:
        def show(*given: Given.args, **named: Given.kwargs) -> None:
            st.dialog(_(title), on_dismiss="rerun")(draw)(*given, **named)

        return show

    return decorated


def show_dialog(tab: Tab) -> None:
    """Open the requested dialog, if any. This run of the page has closed any other."""
    tab.in_dialog = tab.dialog is not None
    if dialog := tab.dialog:
        tab.dialog = None
        dialog()
