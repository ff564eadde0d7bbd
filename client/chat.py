"""The main part of the page: the open session's turns, and the form that records one."""

import streamlit as st

from client import state as actions
from client.api.fragments import Turn
from client.state import State
from client.text import plain, title

NOT_KEPT = "The text of this turn is not kept."
TURNS_HEIGHT = 380
"""Pixels of the scrolling part, which shows the latest turns first and leaves room for the form."""


def show(state: State) -> None:
    """Draw the open session and the form."""
    if state.session:
        st.header(title(state.session))
        with st.container(height=TURNS_HEIGHT, border=False, autoscroll=True):
            _turns(state)
    elif state.opened is None:
        st.header("New session")
        st.caption("It opens with its first turn.")
    elif not state.stale:
        st.header("No such session")
        st.caption("It was deleted, or the address is wrong. Choose another or begin a new one.")
    with st.bottom:
        for problem in dict.fromkeys(state.problems):
            st.error(plain(problem), icon=":material/info:")
        if state.stale:
            st.button("Try again", key="again")
        _form(state)


def _turns(state: State) -> None:
    if state.turns.more:
        st.button(
            "Earlier turns",
            key="earlier",
            type="tertiary",
            on_click=state.pending.append,
            args=(actions.earlier_turns,),
        )
    if not state.turns.rows:
        st.caption("No turns yet.")
    for turn in reversed(state.turns.rows):
        _turn(turn)


def _turn(turn: Turn) -> None:
    with st.chat_message("user"):
        if turn.query is None:
            st.caption(NOT_KEPT)
        else:
            st.text(turn.query)
    with st.chat_message("assistant"):
        if turn.response is not None:
            st.markdown(turn.response)
        elif turn.answered:
            st.caption(NOT_KEPT)
        else:
            st.caption("Awaiting its answer")


def _form(state: State) -> None:
    with st.form("turn", enter_to_submit=False):
        left, right = st.columns(2)
        left.text_area("Question", key="question", height=90)
        right.text_area("Answer (optional)", key="answer", height=90)
        st.form_submit_button(
            "Record a turn",
            key="record",
            type="primary",
            on_click=state.pending.append,
            args=(actions.record,),
        )
