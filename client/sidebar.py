"""The sidebar: a new session, search, the recent sessions."""

import streamlit as st

from client import state as actions
from client.api.fragments import SessionRow
from client.state import State
from client.text import snippet, title, turns


def show(state: State) -> None:
    """Draw the sidebar."""
    with st.sidebar:
        st.title("Recollect")
        if state.email:
            st.text(state.email)
        st.button(
            "New session",
            key="new",
            icon=":material/add:",
            type="primary",
            width="stretch",
            on_click=actions.open_session,
            args=(None,),
        )
        st.text_input(
            "Search",
            key="words",
            type="search",
            max_chars=200,
            placeholder="Search your history",
            label_visibility="collapsed",
            icon=":material/search:",
            on_change=state.pending.append,
            args=(actions.search,),
        )
        if state.search:
            _hits(state, state.search)
        _sessions(state)


def _hits(state: State, search: actions.Search) -> None:
    st.subheader("Found")
    if not search.hits and not search.more:
        st.caption("Nothing has all these words.")
    for place, hit in enumerate(search.hits):
        _open_button(hit.session, f"hit-{place}", title(hit.session), state)
        st.caption(snippet(hit.snippet))
    if not search.complete:
        st.caption("Something very recent may be missing.")
    if search.more:
        st.button(
            "More hits",
            key="more-hits",
            type="tertiary",
            on_click=state.pending.append,
            args=(actions.more_hits,),
        )


def _sessions(state: State) -> None:
    st.subheader("Sessions")
    if not state.sessions.rows and not state.stale:
        st.caption("None yet. Your first turn opens one.")
    for row in state.sessions.rows:
        label = f"{title(row)} · {turns(row.conversation_count)}"
        _open_button(row, f"open-{row.id}", label, state)
    if state.sessions.more:
        st.button(
            "More sessions",
            key="more-sessions",
            type="tertiary",
            on_click=state.pending.append,
            args=(actions.more_sessions,),
        )


def _open_button(session: SessionRow, key: str, label: str, state: State) -> None:
    st.button(
        label,
        key=key,
        type="secondary" if session.id == state.opened else "tertiary",
        width="stretch",
        on_click=actions.open_session,
        args=(session.id,),
    )
