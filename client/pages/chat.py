"""The chat: the open session, the input field, and the sidebar."""

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime

import streamlit as st

from client.formatting.answer_text import drawn
from client.formatting.days import clock, zone
from client.formatting.text import plain, title
from client.state import answering, asking
from client.state.attaching import QUESTION_BYTES, ask_about
from client.state.browser_tab import Tab
from client.state.drafts import Draft
from client.state.models import choose_model, chosen_model
from client.state.notifications import load_chat_page
from client.state.session_actions import restore
from client.widgets import notifications, session_menu, sidebar, turns
from client.widgets.copying import copy_now
from client.widgets.page_frame import page, problems
from client.widgets.scrolling import begin_at, jump_to_end
from client.widgets.typing import keep_typed
from client.widgets.welcome import welcome
from client.wording import N_, _

BUSY = N_("The answer service is busy. Asking again in {seconds} s.")
TEMPORARY = N_("Not in your list, not searchable, not in any statistics, and gone after a day.")
UNNAMED = N_(
    "The answer service is not told who asks. It may keep what is said, under a name that nothing here "
    "refers to once the session is gone."
)


def show(tab: Tab) -> None:
    """Draw the page, then get the answer that is under way."""
    now = datetime.now(zone(st.context.timezone))
    sidebar.show(tab, now)
    place = None
    if tab.session:
        _header(tab, now)
        place = turns.show(tab, now)
    elif tab.opened is None:
        _new(tab)
        notifications.show(tab, now)
    elif not tab.stale:
        st.header(_("No such session"))
        st.caption(
            _(
                "It was deleted, or the address is wrong. A deleted session may be in the Library, "
                "under Trash. Choose another session or start a new one."
            )
        )
    with st.bottom:
        if tab.session:
            jump_to_end()
        copy_now(tab)
        problems(tab)
        _before_input(tab)
    # If Streamlit places the input itself it keeps the end in view, which is wrong for a search
    # hit.
    with st.bottom if tab.at else nullcontext():
        _input(tab)
    keep_typed(tab)
    begin_at(tab.opened, tab.at, tab.asked.turn_id if tab.asked else None)
    if tab.asked and place:
        st.button(_("Stop"), key="stop", icon=":material/stop_circle:")
        place.caption("…")
        answering.answer(
            tab,
            tab.asked,
            lambda text: place.markdown(drawn(text)),
            lambda seconds: place.caption(_(BUSY).format(seconds=seconds)),
        )
        st.rerun()


def _header(tab: Tab, now: datetime) -> None:
    session = tab.session
    if session is None:
        return
    with st.container(horizontal=True, wrap=False, vertical_alignment="center"):
        st.header(title(session), anchor=False)
        session_menu.button(tab, session, key="session-menu")
    badges = [f":gray-badge[{plain(tag)}]" for tag in session.tags]
    if session.temporary and session.expires_at:
        until = clock(session.expires_at, now)
        gone = _("Temporary: gone at {time}").format(time=until)
        badges.insert(0, f":orange-badge[{gone}]")
    if badges:
        st.markdown(" ".join(badges))
    notifications.offer(tab)


def _new(tab: Tab) -> None:
    if not tab.stale and not tab.sessions.rows and not tab.pinned:
        welcome(tab)
    else:
        st.header(_("New session"), anchor=False)
        said = [_("It starts with your first question.")]
        if tab.answerer.notice:
            said.append(_(tab.answerer.notice))
        st.caption(" ".join(said))
    tab.temporary = st.toggle(
        _("Temporary"),
        tab.temporary,
        help=_(TEMPORARY) + (f" {_(UNNAMED)}" if tab.answerer.keeps else ""),
    )


def _before_input(tab: Tab) -> None:
    if tab.draft:
        _draft(tab, tab.draft)
    if tab.session and tab.session.closed:
        st.warning(_("This session is closed because it was not used for a long time."))
        st.button(
            _("Continue this session"),
            key="reopen",
            on_click=tab.later,
            args=(restore(tab.session),),
        )
    if tab.viewer and (models := tab.answerer.models()):
        _model(tab, models)


def _model(tab: Tab, models: Sequence[str]) -> None:
    """Draw the choice of the model, which applies from the next question on."""
    key = f"model-{tab.opened}"
    st.session_state[key] = chosen_model(tab)
    st.selectbox(
        _("Model"),
        [None, *models],
        format_func=lambda name: name or _("The usual model"),
        key=key,
        label_visibility="collapsed",
        # Shown for None, which Streamlit treats as no choice.
        placeholder=_("The usual model"),
        width=260,
        on_change=lambda: tab.later(choose_model(st.session_state[key])),
    )


def _input(tab: Tab) -> None:
    st.chat_input(
        _("Ask anything"),
        key="question",
        max_chars=QUESTION_BYTES,
        accept_file="multiple",
        max_upload_size=1,
        submit_mode="disable",
        on_submit=_submitted,
        args=(tab,),
    )


def _submitted(tab: Tab) -> None:
    given = st.session_state["question"]
    tab.later(ask_about(given.text, given.files))


def _draft(tab: Tab, draft: Draft) -> None:
    """A question that could not be recorded. It stays here until it is sent or discarded."""
    # With one key for all drafts, the browser could show the text of an earlier one.
    key = f"draft-{draft.conversation_id}"
    with st.form("unsent"):
        st.text_area(_("Your question was not sent"), draft.text, key=key)
        send, drop = st.columns(2)
        send.form_submit_button(
            _("Send again"),
            type="primary",
            on_click=lambda: tab.later(asking.ask(st.session_state[key], draft)),
        )
        drop.form_submit_button(_("Discard"), on_click=setattr, args=(tab, "draft", None))


page(load_chat_page, show, live=True)
