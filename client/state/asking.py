"""Asks a question: it is recorded, then answered, then completed.

It is recorded before the answer is awaited, so after a crash in between the turn is still there, waiting.
"""

from dataclasses import replace
from functools import partial
from uuid import uuid4

import streamlit as st

from client.api.enums import UserErrorCode
from client.api.fragments import Turn
from client.api.input_types import (
    ChooseAlternativeInput,
    DeleteConversationInput,
    RecordConversationInput,
    TurnPlace,
)
from client.state.answering import keep_partial
from client.state.browser_tab import Action, Asked, Tab, open_session
from client.state.drafts import Draft
from client.state.models import name_model
from client.state.preferences import save_first_choices, undecided
from client.state.session_actions import tell_archived
from client.wording import N_, _

RECORDED_BEFORE = N_(
    "This question was already recorded as you first typed it. Send it again to ask the changed "
    "one."
)
GO_ON = N_("Go on where you stopped.")
"""The question that asks to continue an answer that was broken off or cut short."""


def ask(text: str, draft: Draft | None = None, replaces: Turn | None = None) -> Action:
    """Record a question in the open session, or in a new one, and get it answered. A question that could not
    be recorded before continues from its draft. A question that `replaces` a turn is another version of it,
    and the turns after it are no longer shown."""
    beside = replaces.id if replaces else None
    draft = replace(draft, text=text) if draft else Draft(text, str(uuid4()), replaces=beside)
    return partial(_record, draft=draft)


def _record(tab: Tab, draft: Draft) -> None:
    if not draft.sent:
        # The address is right even before the page is loaded, and a quick user asks before that.
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
            client_id=draft.conversation_id,
            temporary=draft.temporary,
            place=TurnPlace(replaces=draft.replaces) if draft.replaces else None,
        )
    )
    if recorded.conversation is None or recorded.session is None:
        conflict = any(error.code is UserErrorCode.CONFLICT for error in recorded.user_errors)
        if conflict:
            tab.draft = Draft(draft.text, str(uuid4()), replaces=draft.replaces)
            tab.problems.append(_(RECORDED_BEFORE))
        else:
            tab.draft = replace(draft, sent=False)
            tab.report(recorded.user_errors)
        return
    tab.draft, tab.temporary = None, False
    tell_archived(tab, recorded.archived_sessions)
    private = not recorded.conversation.text_saved
    tab.asked = Asked(recorded.conversation.id, draft.text, private)
    if tab.model and draft.session is None:
        tab.pending.append(name_model(recorded.session.id, {}, tab.model))
        tab.model = None
    if private:
        tab.questions[recorded.conversation.id] = draft.text
    open_session(recorded.session.id)


def go_on(turn: Turn) -> Action:
    """Continue an answer that its writer abandoned: keep the existing part, then ask for the rest."""

    def action(tab: Tab) -> None:
        if keep_partial(tab, turn):
            tab.failed.pop(turn.id, None)
            tab.later(ask(_(GO_ON)))

    return action


def answer_again(turn: Turn, text: str) -> Action:
    """Get an answer for a turn that is still waiting."""

    def action(tab: Tab) -> None:
        tab.failed.pop(turn.id, None)
        tab.asked = Asked(turn.id, text, private=not turn.text_saved)

    return action


def choose(turn_id: str) -> Action:
    """Show the path through another version of a turn."""

    def action(tab: Tab) -> None:
        chosen = tab.api.choose_alternative(ChooseAlternativeInput(conversation_id=turn_id))
        tab.report(chosen.user_errors)

    return action


def delete_turn(turn: Turn) -> Action:
    """Delete a turn for good."""

    def action(tab: Tab) -> None:
        gone = tab.api.delete_turn(DeleteConversationInput(conversation_id=turn.id))
        tab.report(gone.user_errors)

    return action
