"""Draws the ways to other versions of a turn: edit its question, answer it again, or choose a version."""

import streamlit as st

from client.api.fragments import Turn
from client.state import asking
from client.state.browser_tab import Tab
from client.wording import _

BEFORE, AFTER = "\u2039", "\u203a"
"""Single angle quotation marks, which point to the left and to the right."""


def edited_question(tab: Tab, turn: Turn, asked: str) -> bool:
    """Draw the form for editing a question, if it is being edited; returns whether it was drawn."""
    if tab.editing != turn.id:
        return False
    key = f"edited-{turn.id}"

    def send() -> None:
        tab.editing = None
        tab.later(asking.ask(st.session_state[key], replaces=turn))

    with st.form(f"edit-form-{turn.id}"):
        st.text_area(_("Edit your question"), asked, key=key, max_chars=262_144)
        with st.container(horizontal=True):
            st.form_submit_button(_("Send"), type="primary", on_click=send)
            st.form_submit_button(_("Cancel"), on_click=setattr, args=(tab, "editing", None))
    return True


def edit_button(tab: Tab, turn: Turn) -> None:
    """Draw the button that opens the form."""
    st.button(
        _("Edit"),
        key=f"edit-{turn.id}",
        type="tertiary",
        icon=":material/edit:",
        on_click=setattr,
        args=(tab, "editing", turn.id),
    )


def write_again_button(tab: Tab, turn: Turn, asked: str) -> None:
    """Draw the button that gets another answer to the question, beside the existing one."""
    st.button(
        _("Write again"),
        key=f"again-{turn.id}",
        type="tertiary",
        icon=":material/refresh:",
        on_click=tab.later,
        args=(asking.ask(asked, replaces=turn),),
    )


def versions(tab: Tab, turn: Turn) -> None:
    """Draw which version of the turn is shown, and buttons to the ones before and after it."""
    found = turn.alternatives
    if found is None or found.total < 2:
        return
    at = found.position - 1
    with st.container(horizontal=True, vertical_alignment="center"):
        _step(
            tab, turn, BEFORE, "previous", _("Previous version"), found.ids[at - 1] if at else None
        )
        st.caption(f"{found.position}/{found.total}")
        after = found.ids[found.position] if found.position < found.total else None
        _step(tab, turn, AFTER, "next", _("Next version"), after)


def _step(tab: Tab, turn: Turn, label: str, name: str, said: str, target: str | None) -> None:
    st.button(
        label,
        key=f"{name}-{turn.id}",
        help=said,
        type="tertiary",
        disabled=target is None,
        on_click=lambda: tab.later(asking.choose(target)) if target else None,
    )
