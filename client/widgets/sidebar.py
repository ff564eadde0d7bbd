"""The chat page's sidebar: New session, search, and the recent sessions by day."""

from datetime import datetime

import streamlit as st

from client.api.fragments import Hit, SessionRow
from client.formatting.days import by_day, clock
from client.formatting.text import plain, snippet, title, turns
from client.state import loading
from client.state.asking import choose
from client.state.browser_tab import Search, Tab, open_session
from client.widgets import session_menu

LOOK_BACK = {None: "Any time", 7: "Last 7 days", 30: "Last 30 days", 365: "Last year"}
"""How far a search looks back, in days."""


def show(tab: Tab, now: datetime) -> None:
    """Draw the sidebar; `now` is in the user's zone."""
    with st.sidebar:
        st.button(
            "New session",
            key="new",
            icon=":material/add:",
            type="primary",
            width="stretch",
            on_click=open_session,
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
            on_change=tab.later,
            args=(loading.search,),
        )
        if tab.search.words:
            _hits(tab, tab.search, now)
        _sessions(tab, now)


def _hits(tab: Tab, search: Search, now: datetime) -> None:
    st.subheader("Found")
    st.selectbox(
        "How far back",
        LOOK_BACK,
        format_func=lambda days: LOOK_BACK[days],
        key="search-days",
        label_visibility="collapsed",
        on_change=tab.later,
        args=(loading.search,),
    )
    if not search.hits and not search.more:
        st.caption("No question, answer or title contains all these words.")
    if search.corrected:
        st.caption(f"Nothing matches these words. Shown instead: {plain(search.corrected)}")
    for index, hit in enumerate(search.hits):
        with st.container(gap=None):
            st.button(
                title(hit.session),
                key=f"hit-{index}",
                type="tertiary",
                width="stretch",
                on_click=_open,
                args=(tab, hit),
            )
            when = hit.conversation.timestamp if hit.conversation else hit.session.last_active
            st.caption(f"{snippet(hit.snippet)} · {clock(when, now)}")
    if not search.complete:
        st.caption("Something very recent may be missing.")
    if search.more:
        st.button(
            "More hits",
            key="more-hits",
            type="tertiary",
            on_click=tab.later,
            args=(loading.more_hits,),
        )


def _open(tab: Tab, hit: Hit) -> None:
    """Open the session at what was found, on the path that has it."""
    if hit.branch and hit.conversation:
        tab.later(choose(hit.conversation.id))
    open_session(hit.session.id, hit.opens_at)


def _sessions(tab: Tab, now: datetime) -> None:
    pinned = tab.pinned
    shown = {session.id for session in pinned}
    rows = [session for session in tab.sessions.rows if session.id not in shown]
    groups = by_day(rows, lambda session: session.last_active, now)
    for name, members in [("Pinned", pinned), *groups]:
        if members:
            with st.container(gap=None):
                st.caption(name)
                for session in members:
                    _session(tab, session)
    if not (pinned or rows or tab.stale):
        st.caption("No sessions yet. Your first question starts one.")
    if tab.sessions.more:
        st.button(
            "More sessions",
            key="more-sessions",
            type="tertiary",
            on_click=tab.later,
            args=(loading.more_sessions,),
        )


def _session(tab: Tab, session: SessionRow) -> None:
    tags = map(plain, session.tags)
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap=None):
        archived = " :material/inventory_2:" if session.status.value == "ARCHIVED" else ""
        st.button(
            f"{title(session)}{archived}",
            key=f"open-{session.id}",
            type="secondary" if session.id == tab.opened else "tertiary",
            width="stretch",
            help=" · ".join([title(session), turns(session.conversation_count), *tags]),
            on_click=open_session,
            args=(session.id,),
        )
        session_menu.button(tab, session, key=f"menu-{session.id}")
