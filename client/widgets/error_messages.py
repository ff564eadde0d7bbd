"""Shows errors, and keeps what the user typed."""

from collections.abc import Callable, Iterable, Sequence

import streamlit as st

from client.formatting.text import plain
from client.state.browser_tab import Action, Tab
from client.transport import ApiError


def show_errors(problems: Iterable[str]) -> None:
    """Draw error messages, each once."""
    for problem in dict.fromkeys(problems):
        st.error(plain(problem), icon=":material/info:")


def keep_input(action: Action, keep: Callable[[Tab, Sequence[str]], object]) -> Action:
    """An action on user input. If it fails, `keep` is called with the reasons, to show both again.

    An action returns False if the API refused the input.
    """

    def attempt(tab: Tab) -> None:
        before = len(tab.problems)
        try:
            if action(tab) is False:
                keep(tab, tab.problems[before:])
                del tab.problems[before:]
        except ApiError as error:
            keep(tab, [str(error)])
            raise

    return attempt


def reopen_on_error(action: Action, again: Callable[[Sequence[str]], object]) -> Action:
    """Like `keep_input`, for a dialog's input; `again` reopens the dialog with the errors."""
    return keep_input(action, lambda tab, why: setattr(tab, "dialog", lambda: again(why)))
