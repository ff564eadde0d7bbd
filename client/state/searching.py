"""Searches the user's history, and opens what was found."""

import streamlit as st

from client.api.fragments import Hit
from client.api.search import Search as Found
from client.api.search import SearchViewer
from client.state.asking import choose
from client.state.browser_tab import Action, Tab
from client.state.loading import take_preferences
from client.state.search import WORDS, Search, Wanted
from client.transport import ApiError

PAGE = "search.py"


def load_search(tab: Tab) -> None:
    """Search for what the address names, and read the user's preferences and tags.

    An address without words shows the last search on arrival. Later pages of hits stay while the first
    is the same.
    """
    if tab.arrived and WORDS not in st.query_params:
        # A step back in the browser keeps the address of the page that was left.
        st.query_params.update(tab.search.wanted.address)
    wanted = Wanted.named_by(st.query_params)
    if wanted != tab.search.wanted:
        tab.search = Search(wanted)
    found = Search(wanted)
    viewer = _read(tab, found, around=True)
    tab.is_admin, tab.tags = viewer.is_admin, viewer.tags or []
    if viewer.preferences and viewer.preference_sources:
        take_preferences(tab, viewer.preferences, viewer.preference_sources)
    if not found.begins_as(tab.search):
        tab.search = found


def more_hits(tab: Tab) -> None:
    """Add the next page of hits."""
    _read(tab, tab.search, around=False)


def search_for(words: str) -> Action:
    """Go to the search page."""
    return lambda tab: st.switch_page(PAGE, query_params={WORDS: words})


def open_session_page(session_id: str, at: str | None = None) -> Action:
    """Open a session in the chat. `at` is a cursor to begin at."""
    place = {"session": session_id} | ({"at": at} if at else {})
    return lambda tab: st.switch_page("chat.py", query_params=place)


def open_hit(hit: Hit) -> Action:
    """Open the session at the hit, on the path that contains it."""

    def action(tab: Tab) -> None:
        if hit.branch and hit.conversation:
            choose(hit.conversation.id)(tab)
        open_session_page(hit.session.id, hit.opens_at)(tab)

    return action


def _read(tab: Tab, search: Search, *, around: bool) -> SearchViewer:
    """Read the next page of hits and, with `around`, the rest of the page's data."""
    wanted = search.wanted
    try:
        viewer = tab.api.search(
            search=bool(wanted.words),
            around=around,
            order=wanted.order,
            words=wanted.words,
            after=search.cursor,
            filter_=wanted.filter(tab.api.as_of),
        )
    except ApiError as error:
        # The rest of the request was answered.
        if error.code != "BAD_USER_INPUT" or error.data is None:
            raise
        viewer = Found.model_validate(error.data).viewer
        search.refused = str(error)
    if viewer.search_conversations:
        search.pages.append(viewer.search_conversations)
    return viewer
