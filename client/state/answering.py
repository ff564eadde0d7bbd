"""Gets the answer of a recorded turn, and completes the turn with it."""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from client.answerers import Answer, AnswererError, Exchange, Question, Style, Waiting
from client.api.enums import AnswerFailure, ResponseStyle, UserErrorCode
from client.api.fragments import ChangedTurn, Turn
from client.api.input_types import CompleteConversationInput
from client.state.browser_tab import Asked, Given, Tab
from client.state.growing import GrowingAnswer
from client.state.models import chosen_model
from client.transport import ApiError
from client.wording import N_, _

STYLES: Mapping[ResponseStyle, Style] = {
    ResponseStyle.CONCISE: "concise",
    ResponseStyle.DETAILED: "detailed",
    ResponseStyle.TECHNICAL: "technical",
}
CHANGED_ELSEWHERE = N_("This turn was answered elsewhere in the meantime.")
DRAWING_SHARE = 4
"""The pause before a growing answer is drawn again, as a multiple of the time that drawing it took."""


def answer(
    tab: Tab, asked: Asked, show: Callable[[str], object], wait: Callable[[int], object]
) -> None:
    """Get the answer, showing it as it grows, and complete the turn.

    `wait` is called with the seconds until a busy service is asked again. If the service fails, the turn
    stays open and can be asked again. If any other exception stops the answer midway, the turn is completed
    with the text so far.
    """
    tab.asked = None
    pieces: list[str] = []
    whole: Answer | None = None
    began = time.monotonic()
    first: int | None = None
    due = began
    growing = GrowingAnswer(tab.api, asked.turn_id)
    try:
        for piece in _answering(tab, asked):
            if isinstance(piece, Answer):
                whole = piece
            elif isinstance(piece, Waiting):
                wait(piece.seconds)
            else:
                pieces.append(piece)
                first = _milliseconds(began) if first is None else first
                text = "".join(pieces)
                if not asked.private:
                    growing.write(text)
                if (now := time.monotonic()) >= due:
                    show(text)
                    due = now + DRAWING_SHARE * (time.monotonic() - now)
    except AnswererError as error:
        tab.failed[asked.turn_id] = str(error)
        growing.fail(AnswerFailure[error.failure.name])
        return
    finally:
        growing.end()
        stopped = Answer("".join(pieces), finish_reason="interrupted") if pieces else None
        if asked.turn_id not in tab.failed and (given := whole or stopped):
            given = replace(given, first_token_ms=first)
            tab.given[asked.turn_id] = Given(given, _milliseconds(began), private=asked.private)
            tab.answers[asked.turn_id] = given
            if asked.private and given.service_session and tab.opened:
                tab.private_sessions[tab.opened] = given.service_session
            _deliver_if_possible(tab, asked.turn_id)


def _milliseconds(since: float) -> int:
    return round((time.monotonic() - since) * 1000)


def _answering(tab: Tab, asked: Asked) -> Iterator[str | Waiting | Answer]:
    session, look = tab.session, tab.preferences
    viewer = tab.viewer
    unnamed = session is None or viewer is None or session.temporary or asked.private
    service_session = session.answer_session if session else None
    if asked.private:
        service_session = tab.private_sessions.get(tab.opened or "")
    history = _history(tab)
    return tab.answerer.answer(
        Question(
            asked.text,
            user=_session_alias(tab) if unnamed or viewer is None else viewer.id,
            email=None if unnamed or viewer is None else viewer.email,
            history=history,
            service_session=service_session,
            style=STYLES[look.response_style] if look else "detailed",
            language=look.language_preference if look else "en",
            citations=look is None or look.ui_settings.show_citations,
            model=chosen_model(tab),
            untitled=not history and not asked.private,
        )
    )


def _session_alias(tab: Tab) -> str:
    """An alias for a user whose name must not be kept: it means nothing once the session is gone."""
    return "session-" + hashlib.sha256((tab.opened or "").encode()).hexdigest()[:32]


def _history(tab: Tab) -> list[Exchange]:
    """The answered turns that are shown, including text that only this tab has."""
    exchanges: list[Exchange] = []
    for turn in reversed(tab.turns.rows):
        query, response = turn.query or tab.questions.get(turn.id), _response(tab, turn)
        if query and response:
            exchanges.append(Exchange(query, response))
    return exchanges


def _response(tab: Tab, turn: Turn) -> str | None:
    given = tab.given.get(turn.id)
    return given.answer.text if given and turn.response is None else turn.response


def deliver(tab: Tab, turn_id: str) -> None:
    """Complete a turn with the answer this tab has for it.

    If the turn's text is not kept, the service's token and session stay in this tab.
    """
    given = tab.given[turn_id]
    completed = tab.api.complete_turn(
        CompleteConversationInput(
            conversation_id=turn_id,
            response=given.answer.text,
            response_time_ms=given.milliseconds,
            first_token_ms=given.answer.first_token_ms,
            model=given.answer.model,
            input_tokens=given.answer.input_tokens,
            output_tokens=given.answer.output_tokens,
            finish_reason=given.answer.finish_reason,
            citations=list(given.answer.citations),
            answer_token=None if given.private else given.answer.token,
            answer_session=None if given.private else given.answer.service_session,
            session_title=given.answer.title,
        )
    )
    given.saved = True
    if completed.conversation is None:
        tab.problems += _said(completed)
    if completed.conversation is None or completed.conversation.text_saved:
        # A run interrupted by a click may have delivered it at the same time.
        tab.given.pop(turn_id, None)


def keep_partial(tab: Tab, turn: Turn) -> bool:
    """Complete a turn with the existing part of its broken-off answer; returns whether that was accepted."""
    completed = tab.api.complete_turn(
        CompleteConversationInput(
            conversation_id=turn.id,
            response=turn.partial_response or "",
            finish_reason="interrupted",
        )
    )
    tab.problems += _said(completed)
    return not completed.user_errors


def deliver_unsaved(tab: Tab) -> None:
    """Complete the turns whose answers could not be delivered before."""
    for turn_id in [turn_id for turn_id, given in tab.given.items() if not given.saved]:
        _deliver_if_possible(tab, turn_id)


def _deliver_if_possible(tab: Tab, turn_id: str) -> None:
    try:
        deliver(tab, turn_id)
    except ApiError as error:
        tab.problems.append(str(error))


def _said(changed: ChangedTurn) -> list[str]:
    return [
        _(CHANGED_ELSEWHERE) if error.code is UserErrorCode.CONFLICT else error.message
        for error in changed.user_errors
    ]
