"""A question on its way: recorded first, then answered, then completed.

It is recorded before the answer is awaited, so a crash in between shows a turn that waits, not a hole.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from uuid import uuid4

import streamlit as st

from client.answerers import Answer, AnswererError, Exchange, Question, Style
from client.api.enums import ResponseStyle, UserErrorCode
from client.api.fragments import ChangedTurn, Turn
from client.api.input_types import (
    CompleteConversationInput,
    DeleteConversationInput,
    RecordConversationInput,
    SubmitFeedbackInput,
)
from client.state.browser_tab import Action, Asked, Given, Notice, Tab, open_session
from client.state.drafts import Draft
from client.state.preferences import save_first_choices, undecided
from client.state.session_actions import tell_archived
from client.transport import ApiError

RECORDED_BEFORE = (
    "This question was recorded as you first typed it. Send once more to ask it as it is now."
)
STYLES: Mapping[ResponseStyle, Style] = {
    ResponseStyle.CONCISE: "concise",
    ResponseStyle.DETAILED: "detailed",
    ResponseStyle.TECHNICAL: "technical",
}
CHANGED_ELSEWHERE = "This turn was answered elsewhere in the meantime."


def ask(text: str, draft: Draft | None = None) -> Action:
    """Record a question in the open session, or in a new one, and have it answered; one that could not be
    recorded before goes on from its draft."""
    draft = replace(draft, text=text) if draft else Draft(text, str(uuid4()))
    return partial(_record, draft=draft)


def _record(tab: Tab, draft: Draft) -> None:
    if not draft.sent:
        # The address knows before the page is loaded: whoever is quick asks before that.
        session = st.query_params.get("session")
        temporary = tab.temporary and session is None
        draft = replace(draft, sent=True, session=session, temporary=temporary)
    tab.draft = draft
    if tab.switched and undecided(tab):
        if save_first_choices(tab):
            tab.pending.insert(0, partial(_record, draft=draft))
        return
    recorded = tab.api.record_turn(
        RecordConversationInput(
            query=draft.text,
            session_id=draft.session,
            conversation_id=draft.conversation_id,
            temporary=draft.temporary,
        )
    )
    if recorded.conversation is None or recorded.session is None:
        conflict = any(error.code is UserErrorCode.CONFLICT for error in recorded.user_errors)
        if conflict:
            tab.draft = Draft(draft.text, str(uuid4()))
            tab.problems.append(RECORDED_BEFORE)
        else:
            tab.draft = replace(draft, sent=False)
            tab.report(recorded.user_errors)
        return
    tab.draft, tab.temporary = None, False
    tell_archived(tab, recorded.archived_sessions)
    tab.asked = Asked(recorded.conversation.id, draft.text)
    if not recorded.conversation.text_saved:
        tab.questions[recorded.conversation.id] = draft.text
    open_session(recorded.session.id)


def answer_again(turn: Turn, text: str) -> Action:
    """Have a turn answered that still waits."""

    def action(tab: Tab) -> None:
        tab.failed.pop(turn.id, None)
        tab.asked = Asked(turn.id, text)

    return action


def answer(tab: Tab, asked: Asked, show: Callable[[str], object]) -> None:
    """Get the answer, showing it as it grows, and complete the turn.

    Stopped on the way, by whatever exception, it completes the turn with what was there.
    """
    tab.asked = None
    pieces: list[str] = []
    whole: Answer | None = None
    began = time.monotonic()
    try:
        for piece in _answering(tab, asked):
            if isinstance(piece, Answer):
                whole = piece
                continue
            pieces.append(piece)
            show("".join(pieces))
    except AnswererError as error:
        tab.failed[asked.turn_id] = str(error)
        return
    finally:
        stopped = Answer("".join(pieces)) if pieces and asked.turn_id not in tab.failed else None
        if given := whole or stopped:
            milliseconds = round((time.monotonic() - began) * 1000)
            tab.given[asked.turn_id] = Given(given, milliseconds)
            _deliver_if_possible(tab, asked.turn_id)
    if whole and whole.forgot:
        tab.notice = Notice(
            "The answer service no longer knew this session, so it answered without what was said before."
        )


def _answering(tab: Tab, asked: Asked) -> Iterator[str | Answer]:
    session, look = tab.session, tab.preferences
    history = [
        Exchange(turn.query, turn.response)
        for turn in reversed(tab.turns.rows)
        if turn.query and turn.response
    ]
    return tab.answerer.answer(
        Question(
            asked.text,
            user=tab.viewer.id if tab.viewer else "",
            history=history,
            service_session=session.answer_session if session else None,
            style=STYLES[look.response_style] if look else "detailed",
            language=look.language_preference if look else "en",
            citations=look is None or look.ui_settings.show_citations,
        )
    )


def deliver(tab: Tab, turn_id: str) -> None:
    """Complete a turn with the answer this tab has for it."""
    given = tab.given[turn_id]
    completed = tab.api.complete_turn(
        CompleteConversationInput(
            conversation_id=turn_id,
            response=given.answer.text,
            response_time_ms=given.milliseconds,
            citations=list(given.answer.citations),
            answer_token=given.answer.token,
            answer_session=given.answer.service_session,
        )
    )
    given.saved = True
    if completed.conversation is None:
        tab.problems += _said(completed)
    if completed.conversation is None or completed.conversation.text_saved:
        tab.given.pop(turn_id)


def deliver_unsaved(tab: Tab) -> None:
    """Complete the turns whose answers the API did not take before."""
    for turn_id in [turn_id for turn_id, given in tab.given.items() if not given.saved]:
        _deliver_if_possible(tab, turn_id)


def _deliver_if_possible(tab: Tab, turn_id: str) -> None:
    try:
        deliver(tab, turn_id)
    except ApiError as error:
        tab.problems.append(str(error))


def submit_feedback(turn: Turn, score: int | None, comment: str | None) -> Action:
    """Keep a judgement of an answer, and pass it on to the service that gave it."""

    def action(tab: Tab) -> bool:
        changed = tab.api.give_feedback(
            SubmitFeedbackInput(conversation_id=turn.id, score=score, comment=comment)
        )
        tab.report(changed.user_errors)
        if changed.conversation is None or score is None or turn.query is None:
            return not changed.user_errors
        given = Answer(turn.response or "", token=turn.answer_token)
        try:
            tab.answerer.give_feedback(turn.query, given, score, comment)
        except AnswererError:
            tab.problems.append("Your judgement is kept, but the answer service did not take it.")
        return True

    return action


def delete_turn(turn: Turn) -> Action:
    """Delete a turn for good."""

    def action(tab: Tab) -> None:
        gone = tab.api.delete_turn(DeleteConversationInput(conversation_id=turn.id))
        tab.report(gone.user_errors)
        if not gone.user_errors:
            tab.search.drop([turn.id])

    return action


def _said(changed: ChangedTurn) -> list[str]:
    return [
        CHANGED_ELSEWHERE if error.code is UserErrorCode.CONFLICT else error.message
        for error in changed.user_errors
    ]
