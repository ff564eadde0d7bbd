"""What one browser tab keeps between reruns, and what its buttons do.

A button only notes its action. A rerun then carries out one action and loads the page: two requests
at most. Actions raise `ApiError`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import uuid4

import streamlit as st

from client.api.client import Client
from client.api.enums import UserErrorCode
from client.api.fragments import Hit, OpenSession, SessionPage, SessionRow, Turn, TurnPage
from client.api.input_types import RecordConversationInput
from client.api.page import Page as Overview
from client.listing import Listing, Page
from client.transport import ApiError

RECORDED_BEFORE = (
    "This turn was recorded as you first typed it. Record once more to add the new text as a turn "
    "of its own."
)


@dataclass(slots=True)
class Search:
    """The hits of a search so far."""

    words: str
    hits: list[Hit] = field(default_factory=list)
    more: bool = False
    cursor: str | None = None
    complete: bool = True


@dataclass(slots=True)
class State:
    """One tab's state. `session` is the row of the open session, None where there is none."""

    api: Client
    sessions: Listing[SessionRow] = field(
        default_factory=lambda: Listing(lambda row: row.last_active)
    )
    email: str | None = None
    opened: str | None = None
    session: OpenSession | None = None
    turns: Listing[Turn] = field(default_factory=lambda: _no_turns())
    search: Search | None = None
    conversation_id: str | None = None
    """The id of the turn in the form, until it is known to be recorded."""
    problems: list[str] = field(default_factory=list)
    pending: "list[Action]" = field(default_factory=list)
    stale: bool = False
    """Whether the last attempt to load the page failed."""


Action: TypeAlias = Callable[[State], None]


def carry_out(state: State, action: Action) -> bool:
    """Run an action, noting what went wrong; returns whether nothing did."""
    try:
        action(state)
    except ApiError as error:
        state.problems.append(str(error))
        return False
    return True


def open_session(session_id: str | None) -> None:
    """Make a session the open one, or none, in the page's address."""
    if session_id is None:
        st.query_params.pop("session", None)
    else:
        st.query_params["session"] = session_id


def load(state: State) -> None:
    """Read what the page shows, as it is now."""
    wanted = st.query_params.get("session")
    if wanted != state.opened:
        state.opened, state.session, state.turns = wanted, None, _no_turns()
    try:
        viewer = state.api.page(open=True, session=wanted) if wanted else state.api.page(open=False)
    except ApiError as error:
        # The address in the browser is the one input that can be wrong here.
        if error.code != "BAD_USER_INPUT" or error.data is None:
            raise
        viewer = Overview.model_validate(error.data).viewer
    state.email = viewer.email
    state.sessions.refresh(_sessions_page(viewer.sessions))
    state.session = viewer.session
    if state.session:
        state.turns.refresh(_turns_page(state.session.conversations))


def record(state: State) -> None:
    """Record the turn in the form, and clear the form once it is recorded."""
    question, answer = st.session_state["question"], st.session_state["answer"]
    if not question.strip():
        state.problems.append("Write a question first.")
        return
    state.conversation_id = state.conversation_id or str(uuid4())
    turn = RecordConversationInput(
        query=question,
        response=answer if answer.strip() else None,
        session_id=st.query_params.get("session"),
        conversation_id=state.conversation_id,
    )
    payload = state.api.record_turn(turn)
    if errors := payload.user_errors:
        if any(error.code is UserErrorCode.CONFLICT for error in errors):
            state.conversation_id = None
            state.problems.append(RECORDED_BEFORE)
        else:
            state.problems += [error.message for error in errors]
        return
    state.conversation_id = None
    st.session_state["question"] = st.session_state["answer"] = ""
    open_session(payload.session.id if payload.session else None)


def search(state: State) -> None:
    """Look for the words in the search box."""
    words = st.session_state["words"].strip()
    state.search = None
    if words:
        found = Search(words)
        _search_on(state, found)
        state.search = found


def more_hits(state: State) -> None:
    """Add the next page of hits."""
    if state.search:
        _search_on(state, state.search)


def more_sessions(state: State) -> None:
    """Add the next page of sessions."""
    viewer = state.api.sessions(after=state.sessions.cursor)
    state.sessions.extend(_sessions_page(viewer.sessions))


def earlier_turns(state: State) -> None:
    """Add the page of turns before the ones shown."""
    if state.opened is None:
        return
    found = state.api.earlier_turns(state.opened, state.turns.cursor).session
    if found:
        state.turns.extend(_turns_page(found.conversations))


def _search_on(state: State, search: Search) -> None:
    found = state.api.search(search.words, search.cursor).search_conversations
    search.hits += found.nodes
    search.more = found.page_info.has_next_page
    search.cursor = found.page_info.end_cursor
    search.complete = found.complete


def _no_turns() -> Listing[Turn]:
    return Listing(lambda turn: turn.timestamp)


def _sessions_page(found: SessionPage) -> Page[SessionRow]:
    info = found.page_info
    return Page(list(found.nodes), info.has_next_page, info.end_cursor)


def _turns_page(found: TurnPage) -> Page[Turn]:
    info = found.page_info
    return Page(list(reversed(found.nodes)), info.has_previous_page, info.start_cursor)
