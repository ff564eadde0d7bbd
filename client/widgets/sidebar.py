"""The chat page's sidebar: New session, search, and the recent sessions by day."""

from datetime import datetime

import streamlit as st

from client.api.fragments import SessionRow
from client.formatting.days import by_day
from client.formatting.text import plain, title, turns
from client.state import loading
from client.state.browser_tab import Tab, open_session
from client.state.searching import search_for
from client.widgets import session_menu
from client.wording import _


def show(tab: Tab, now: datetime) -> None:
    """Draw the sidebar; `now` is in the user's zone."""
    with st.sidebar:
        st.button(
            _("New session"),
            key="new",
            icon=":material/add:",
            type="primary",
            width="stretch",
            on_click=open_session,
            args=(None,),
        )
        st.text_input(
            _("Search"),
            key="words",
            type="search",
            max_chars=200,
            placeholder=_("Search your history"),
            label_visibility="collapsed",
            icon=":material/search:",
            on_change=_search,
            args=(tab,),
        )
        _sessions(tab, now)


def _search(tab: Tab) -> None:
    words = st.session_state["words"].strip()
    # The field is empty when the user comes back: the search page shows the words.
    st.session_state["words"] = ""
    if words:
        tab.later(search_for(words))


def _tags(tab: Tab) -> None:
    """The tags of the sessions seen so far: one of them narrows the list."""
    if not tab.tags:
        return
    st.session_state["sidebar-tag"] = tab.tag
    st.pills(
        _("Tag"),
        tab.tags,
        key="sidebar-tag",
        label_visibility="collapsed",
        on_change=lambda: setattr(tab, "tag", st.session_state["sidebar-tag"]),
    )


def _sessions(tab: Tab, now: datetime) -> None:
    _tags(tab)
    pinned = [row for row in tab.pinned if tab.tag is None or tab.tag in row.tags]
    shown = {session.id for session in pinned}
    rows = [session for session in tab.sessions.rows if session.id not in shown]
    groups = by_day(rows, lambda session: session.last_active, now)
    found = {*shown, *(row.id for row in rows)}
    opened: list[SessionRow] = []
    if tab.session and not tab.session.temporary and tab.session.id not in found:
        opened.append(tab.session)
    for name, members in [(_("Open now"), opened), (_("Pinned"), pinned), *groups]:
        if members:
            with st.container(gap=None):
                st.caption(name)
                for session in members:
                    _session(tab, session)
    if not (pinned or rows or tab.stale):
        st.caption(
            _("No session has this tag.")
            if tab.tag
            else _("No sessions yet. Your first question starts one.")
        )
    if tab.sessions.more:
        st.button(
            _("More sessions"),
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
