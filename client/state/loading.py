"""Loads what the chat page shows: the latest sessions and the end of the open one, page by page."""

from collections.abc import Sequence

import streamlit as st

from client.api.enums import AnswerState, PreferenceOrigin
from client.api.fragments import (
    Origin,
    PreferenceValues,
    SessionPage,
    SessionRow,
    Turn,
    TurnPage,
)
from client.api.input_types import SessionFilter
from client.api.page import Page as Overview
from client.api.page import PageViewer
from client.state.answering import deliver_unsaved
from client.state.browser_tab import Tab, open_session
from client.state.live import Live, turns_of
from client.state.paged_list import Page
from client.state.preferences import LANGUAGE
from client.transport import ApiError

TURNS = 50
"""Turns per page; the operations ask for the same number."""
BROKEN_OFF_SECONDS = 61.0
"""After this long an answer that did not grow counts as broken off, which no event reports."""


def load_chat(tab: Tab) -> None:
    """Load what the page shows. After a failure, first save the answers that could not be saved."""
    if tab.stale:
        deliver_unsaved(tab)
    if tab.arrived and tab.opened and "session" not in st.query_params:
        open_session(tab.opened, tab.at)
    wanted, at = st.query_params.get("session"), st.query_params.get("at")
    if (wanted, at) != (tab.opened, tab.at):
        if wanted != tab.opened and tab.asked is None:
            tab.editing = None
            tab.questions.clear()
            tab.failed.clear()
            tab.answers.clear()
            tab.given = {turn: given for turn, given in tab.given.items() if not given.saved}
        tab.opened, tab.at, tab.session = wanted, at, None
        tab.turns.refresh(Page([], False, None))
    try:
        viewer = _overview(tab)
    except ApiError as error:
        # The only input that can be wrong here is the address in the browser.
        if error.code != "BAD_USER_INPUT" or error.data is None:
            raise
        viewer = Overview.model_validate(error.data).viewer
    tab.viewer, tab.session = viewer, viewer.session
    tab.is_admin = viewer.is_admin
    take_preferences(tab, viewer.preferences, viewer.preference_sources)
    if tab.session:
        tab.preferences = tab.session.preferences
    if tab.listed != tab.tag:
        tab.listed = tab.tag
        tab.sessions.refresh(Page([], False, None))
    tab.sessions.refresh(sessions_page(viewer.sessions))
    seen = {tag for row in [*viewer.pinned.nodes, *tab.sessions.rows] for tag in row.tags}
    tab.tags = sorted({*tab.tags, *seen}, key=str.casefold)
    if tab.session:
        tab.later_turns = tab.session.conversations.page_info.has_next_page
        page = _turns_page(tab.session.conversations)
        if page.rows and tab.turns.rows and page.rows[0].branch != tab.turns.rows[0].branch:
            # Older rows may belong to the path that was shown before.
            tab.turns.refresh(Page([], False, None))
        tab.turns.refresh(page)
    _listen_to_turns(tab)


def _listen_to_turns(tab: Tab) -> None:
    """Listen for answers that grow elsewhere, because that changes no session."""
    own = tab.asked.turn_id if tab.asked else None
    others = [turn for turn in tab.turns.rows if turn.text_saved and turn.id != own]
    states = {turn.answer_state for turn in others}
    if tab.session is None or states <= {AnswerState.ANSWERED}:
        tab.turns_live = None
        return
    topic = turns_of(tab.session.id)
    if tab.turns_live is None or tab.turns_live.topic != topic:
        tab.turns_live = Live(tab.api, topic)
        tab.turns_live.begin()
        # An answer may have grown since it was read.
        tab.turns_live.note()
    if AnswerState.GROWING in states:
        tab.turns_live.look_again_in(BROKEN_OFF_SECONDS)


def _overview(tab: Tab) -> PageViewer:
    wanted = _wanted(tab)
    if tab.opened is None:
        return tab.api.page(open=False, filter_=wanted)
    if tab.at is None:
        return tab.api.page(open=True, session=tab.opened, filter_=wanted)
    return tab.api.page(
        open=True, session=tab.opened, first=TURNS, at=tab.at, last=None, filter_=wanted
    )


def _wanted(tab: Tab) -> SessionFilter | None:
    """The filter for the listed sessions."""
    return SessionFilter(tag=tab.tag) if tab.tag else None


def more_sessions(tab: Tab) -> None:
    """Add the next page of sessions."""
    found = tab.api.sessions(first=20, after=tab.sessions.cursor, filter_=_wanted(tab))
    tab.sessions.extend(sessions_page(found.sessions))


def earlier_turns(tab: Tab) -> None:
    """Add the page of turns before the ones shown."""
    if tab.opened is None:
        return
    found = tab.api.earlier_turns(tab.opened, tab.turns.cursor).session
    if found:
        tab.turns.extend(_turns_page(found.conversations))


def take_preferences(tab: Tab, preferences: PreferenceValues, sources: Sequence[Origin]) -> None:
    """Note the user's preferences, where each comes from, and the language of the pages."""
    tab.preferences = preferences
    tab.origins = {source.field: source.source for source in sources}
    chosen = tab.origins.get(LANGUAGE) is not PreferenceOrigin.SERVICE
    tab.language = preferences.language_preference if chosen else None


def sessions_page(found: SessionPage, *, from_end: bool = False) -> Page[SessionRow]:
    """A page of sessions, for a list. With `from_end` it was read from the end, and the last comes first."""
    info = found.page_info
    if from_end:
        return Page([*reversed(found.nodes)], info.has_previous_page, info.start_cursor)
    return Page(list(found.nodes), info.has_next_page, info.end_cursor)


def _turns_page(found: TurnPage) -> Page[Turn]:
    info = found.page_info
    return Page(list(reversed(found.nodes)), info.has_previous_page, info.start_cursor)
