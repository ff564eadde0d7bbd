"""What went wrong is said, and what was typed is kept."""

from collections.abc import Callable, Iterable, Sequence

import streamlit as st

from client.formatting.text import plain
from client.state.browser_tab import Action, Tab
from client.transport import ApiError


def show_errors(problems: Iterable[str]) -> None:
    """Draw what went wrong, each thing once."""
    for problem in dict.fromkeys(problems):
        st.error(plain(problem), icon=":material/info:")


def keep_input(action: Action, keep: Callable[[Tab, Sequence[str]], object]) -> Action:
    """An action on something that was typed; where it fails, `keep` is told why, to show both again.

    An action that the API refused returns False.
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
    """The same for what was typed in a dialog, which `again` opens with what went wrong."""
    return keep_input(action, lambda tab, why: setattr(tab, "dialog", lambda: again(why)))
