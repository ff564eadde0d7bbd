"""Draws the turns of the open session."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from client.answerers import Failure, no_answer
from client.api.enums import AnswerState
from client.api.fragments import Turn
from client.formatting.attachments import split_attachments
from client.formatting.days import clock, day_name
from client.formatting.text import plain, sources
from client.state import asking, loading
from client.state.answering import deliver
from client.state.browser_tab import Given, Tab, open_session
from client.state.feedback import submit_feedback
from client.widgets.alternatives import (
    edit_button,
    edited_question,
    versions,
    write_again_button,
)
from client.widgets.answer import answer_text
from client.widgets.copying import copy_button
from client.widgets.dialogs import in_dialog
from client.widgets.error_messages import reopen_on_error, show_errors
from client.wording import N_, _, ngettext, number

GROWING = N_("This answer is being written.")
NOT_KEPT = N_("The text of this turn is not kept.")
WITHOUT_ANSWER: Mapping[AnswerState, str] = {
    AnswerState.WAITING: N_("No answer yet."),
    AnswerState.FAILED: N_("There is no answer because the answer service failed."),
}
ENDINGS: Mapping[str, str] = {
    "interrupted": N_("This answer was broken off; what had come by then is kept."),
    "length": N_("This answer ends here because the model reached its length limit."),
    "content_filter": N_(
        "The rest of this answer was held back by the answer service's content filter."
    ),
    "refusal": N_("The model declined to answer."),
}
FORGOT = N_(
    "The answer service no longer knew this session, so it answered without what was said before."
)
CONTINUED: Collection[str] = {"interrupted", "length"}
"""Endings after which an answer can be continued."""
HERE_ONLY = N_("Not saved: it is shown until you leave this session.")


def show(tab: Tab, now: datetime) -> DeltaGenerator | None:
    """Draw the turns, oldest first. Returns the place for the answer that is under way."""
    if tab.turns.more:
        st.button(
            _("Earlier turns"),
            key="earlier",
            type="tertiary",
            on_click=tab.later,
            args=(loading.earlier_turns,),
        )
    if not tab.turns.rows:
        st.caption(_("No turns yet."))
    place = None
    before = now.date()
    for turn in reversed(tab.turns.rows):
        day = turn.timestamp.astimezone(now.tzinfo).date()
        if day != before:
            with st.container(key=f"day-{turn.id}"):
                st.caption(day_name(day, now))
        before = day
        place = _turn(tab, turn, now) or place
    if tab.later_turns and tab.session:
        st.button(
            _("To the latest turns"),
            key="latest",
            type="tertiary",
            on_click=open_session,
            args=(tab.session.id,),
        )
    return place


def _turn(tab: Tab, turn: Turn, now: datetime) -> DeltaGenerator | None:
    asked = turn.query or tab.questions.get(turn.id)
    with st.chat_message("user"):
        if asked is None:
            st.caption(_(NOT_KEPT))
        elif not edited_question(tab, turn, asked):
            _question(asked)
            if turn.text_saved:
                edit_button(tab, turn)
    with st.chat_message("assistant"):
        if tab.asked and tab.asked.turn_id == turn.id:
            return st.empty()
        given = tab.given.get(turn.id)
        if turn.response is not None:
            answer_text(turn.response)
        elif given:
            _given(tab, turn, given)
        elif turn.answer_state is AnswerState.ANSWERED:
            st.caption(_(NOT_KEPT))
        else:
            _unanswered(tab, turn, asked)
        if turn.answer_state is AnswerState.ANSWERED:
            _below(tab, turn, now, asked)
            _how_it_ended(tab, turn)
        versions(tab, turn)
    return None


def _question(asked: str) -> None:
    """Draw a question, with the files that it quotes folded."""
    text, files = split_attachments(asked)
    if text:
        st.text(text)
    for file in files:
        with st.expander(plain(file.name), icon=":material/attach_file:"):
            st.code(file.text, language=None)


def _how_it_ended(tab: Tab, turn: Turn) -> None:
    """Draw facts about the answer besides its text, and ways to continue from the latest one."""
    answer = tab.answers.get(turn.id)
    reason = turn.finish_reason or (answer.finish_reason if answer else None) or ""
    if answer and answer.reasoning:
        with st.expander(_("Reasoning")):
            answer_text(answer.reasoning)
    if answer and answer.forgot:
        st.caption(_(FORGOT))
    if said := ENDINGS.get(reason):
        st.caption(_(said))
    if tab.later_turns or turn.id != tab.turns.rows[0].id:
        return
    if reason in CONTINUED:
        st.button(
            _("Go on"),
            key=f"go-on-{turn.id}",
            on_click=tab.later,
            args=(asking.ask(_(asking.GO_ON)),),
        )
    for place, question in enumerate(answer.related if answer else ()):
        st.button(
            plain(question),
            key=f"related-{turn.id}-{place}",
            icon=":material/subdirectory_arrow_right:",
            on_click=tab.later,
            args=(asking.ask(question),),
        )


def _given(tab: Tab, turn: Turn, given: Given) -> None:
    """Draw an answer that only this tab has."""
    answer_text(given.answer.text)
    if given.saved:
        st.caption(_(HERE_ONLY))
    else:
        st.caption(_("This answer is not saved yet."))
        st.button(
            _("Save it"),
            key=f"save-{turn.id}",
            on_click=tab.later,
            args=(partial(deliver, turn_id=turn.id),),
        )


def _why(turn: Turn) -> str:
    """Why a turn has no answer, or only a part of one."""
    if turn.partial_response:
        return _(ENDINGS["interrupted"])
    if turn.failure:
        return no_answer(Failure[turn.failure.name])
    return _(WITHOUT_ANSWER[turn.answer_state])


def _unanswered(tab: Tab, turn: Turn, asked: str | None) -> None:
    """Draw the existing part of an answer, and ways to get the rest."""
    if turn.partial_response:
        answer_text(turn.partial_response)
    if turn.answer_state is AnswerState.GROWING:
        st.caption(_(GROWING))
        return
    st.caption(plain(tab.failed.get(turn.id) or _why(turn)))
    if asked is None:
        return
    with st.container(horizontal=True):
        if turn.partial_response and turn.id == tab.turns.rows[0].id and not tab.later_turns:
            st.button(
                _("Go on"),
                key=f"go-on-{turn.id}",
                on_click=tab.later,
                args=(asking.go_on(turn),),
            )
        st.button(
            _("Answer anew") if turn.partial_response else _("Get an answer"),
            key=f"answer-{turn.id}",
            icon=":material/refresh:",
            on_click=tab.later,
            args=(asking.answer_again(turn, asked),),
        )


def _below(tab: Tab, turn: Turn, now: datetime, asked: str | None) -> None:
    """Draw an answered turn's sources, time, feedback and menu."""
    if turn.citations and (tab.preferences is None or tab.preferences.ui_settings.show_citations):
        with st.expander(_("Sources")):
            st.markdown(sources(turn.citations))
    took = f" · {number(turn.response_time_ms / 1000, 1)} s" if turn.response_time_ms else ""
    model = f" · {plain(turn.model)}" if turn.model else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{plain(clock(turn.timestamp, now))}{took}{model}", help=_cost(turn))
        st.feedback(
            "thumbs",
            key=f"thumbs-{turn.id}",
            default=turn.feedback.score if turn.feedback else None,
            on_change=_judged,
            args=(tab, turn),
        )
        if turn.response is not None:
            copy_button(tab, turn.response, f"copy-{turn.id}")
        if asked is not None and turn.text_saved:
            write_again_button(tab, turn, asked)
        _menu(tab, turn)


def _cost(turn: Turn) -> str | None:
    """Known facts about how the answer was made, shown as help; None if there are none."""
    known = []
    if turn.first_token_ms is not None:
        seconds = number(turn.first_token_ms / 1000, 1)
        known.append(_("First words after {seconds} s").format(seconds=seconds))
    if turn.input_tokens is not None:
        known.append(ngettext("{count} token read", "{count} tokens read", turn.input_tokens))
    if turn.output_tokens is not None:
        known.append(
            ngettext("{count} token written", "{count} tokens written", turn.output_tokens)
        )
    return " · ".join(known) or None


def _judged(tab: Tab, turn: Turn) -> None:
    comment = turn.feedback.comment if turn.feedback else None
    tab.later(submit_feedback(turn, st.session_state[f"thumbs-{turn.id}"], comment))


def _menu(tab: Tab, turn: Turn) -> None:
    choices: dict[str, Any] = {}
    if turn.query is not None:
        choices[_("Ask again")] = lambda: tab.later(asking.ask(turn.query or ""))
    if turn.feedback:
        choices[_("Comment")] = lambda: setattr(tab, "dialog", lambda: _comment(tab, turn))
    choices[_("Delete")] = lambda: setattr(tab, "dialog", lambda: _delete(tab, turn))
    st.menu_button(
        _("Menu of this turn"),
        list(choices),
        key=f"turn-{turn.id}",
        icon=":material/more_horiz:",
        type="tertiary",
        on_click=lambda: choices[st.session_state[f"turn-{turn.id}"]](),
    )


@in_dialog(N_("Comment"))
def _comment(tab: Tab, turn: Turn, typed: str | None = None, problems: Sequence[str] = ()) -> None:
    before = turn.feedback

    def save() -> None:
        comment = st.session_state["comment"].strip()
        judged = submit_feedback(turn, before.score if before else None, comment or None)
        tab.later(reopen_on_error(judged, partial(_comment, tab, turn, comment)))

    show_errors(problems)
    with st.form("feedback", border=False):
        said = ((before and before.comment) or "") if typed is None else typed
        st.text_area(
            _("What was good or bad about this answer?"), said, key="comment", max_chars=2000
        )
        st.form_submit_button(_("Save"), type="primary", on_click=save)
        tab.run_now()


@in_dialog(N_("Delete this turn?"))
def _delete(tab: Tab, turn: Turn) -> None:
    st.write(_("The question and its answer are removed at once and can't be restored."))
    st.button(
        _("Delete for good"),
        type="primary",
        key="delete-turn",
        on_click=tab.later,
        args=(asking.delete_turn(turn),),
    )
    tab.run_now()
