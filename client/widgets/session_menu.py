"""The menu of one session, and the dialogs it opens."""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from client.api.enums import SessionStatus
from client.api.fragments import SessionRow
from client.formatting.text import as_markdown, title
from client.state import session_actions as actions
from client.state.browser_tab import Action, Tab
from client.widgets.dialogs import in_dialog
from client.widgets.error_messages import reopen_on_error, show_errors
from client.widgets.export_dialog import sessions_dialog
from client.widgets.session_preferences import session_preferences
from client.wording import N_, _

TITLE_CHARACTERS = 200


def button(tab: Tab, session: SessionRow, key: str) -> None:
    """Draw the menu's button."""
    offered = choices(tab, session)
    st.menu_button(
        _("Menu of {title}").format(title=title(session)),
        list(offered),
        key=key,
        icon=":material/more_horiz:",
        type="tertiary",
        on_click=lambda: offered[st.session_state[key]](),
    )


def choices(tab: Tab, session: SessionRow) -> dict[str, Callable[[], None]]:
    """The actions that are possible for the session now, by label in the menu."""

    def later(action: Action) -> Callable[[], None]:
        return lambda: tab.later(action)

    def dialog(show: Callable[[Tab, SessionRow], None]) -> Callable[[], None]:
        return lambda: setattr(tab, "dialog", lambda: show(tab, session))

    found = {
        _("Rename"): dialog(_rename),
        _("Tags"): dialog(_tags),
        _("Preferences"): dialog(session_preferences),
    }
    if session.temporary:
        found[_("Keep")] = later(actions.keep(session))
    else:
        found[_("Unpin") if session.pinned else _("Pin")] = later(actions.pin(session))
        if session.status is SessionStatus.ACTIVE and not session.closed:
            found[_("Archive")] = later(actions.archive(session))
        else:
            found[_("Make active")] = later(actions.restore(session))
        found[_("Make temporary")] = later(actions.make_temporary(session))
    if session.id == tab.opened and not (tab.turns.more or tab.later_turns):
        found[_("Copy the chat")] = lambda: setattr(tab, "to_copy", as_markdown(tab.turns.rows))
    found[_("Export")] = lambda: setattr(tab, "dialog", sessions_dialog(tab, [session.id]))
    found[_("Delete")] = later(actions.delete(session))
    return found


@in_dialog(N_("Rename"))
def _rename(
    tab: Tab, session: SessionRow, typed: str | None = None, problems: Sequence[str] = ()
) -> None:
    def save() -> None:
        name = st.session_state["title"]
        again = partial(_rename, tab, session, name)
        tab.later(reopen_on_error(actions.rename(session, name), again))

    show_errors(problems)
    shown = session.title or "" if typed is None else typed
    with st.form("rename", border=False):
        st.text_input(_("Title"), shown, key="title", max_chars=TITLE_CHARACTERS)
        st.caption(_("Leave it empty to name it after its first question."))
        st.form_submit_button(_("Rename"), type="primary", on_click=save)
        tab.run_now()


@in_dialog(N_("Tags"))
def _tags(
    tab: Tab, session: SessionRow, typed: str | None = None, problems: Sequence[str] = ()
) -> None:
    def save() -> None:
        words = st.session_state["tags"]
        tags = [tag.strip() for tag in words.split(",")]
        again = partial(_tags, tab, session, words)
        tab.later(reopen_on_error(actions.tag(session, [tag for tag in tags if tag]), again))

    show_errors(problems)
    shown = ", ".join(session.tags) if typed is None else typed
    with st.form("tag", border=False):
        st.text_input(_("Tags"), shown, key="tags", placeholder=_("travel, zürich"))
        st.caption(_("Your own words, separated by commas."))
        st.form_submit_button(_("Save"), type="primary", on_click=save)
        tab.run_now()
