"""All sessions, active, archived and deleted, with bulk actions, import and export."""

from datetime import datetime

import streamlit as st

from client.api.enums import SessionStatus
from client.api.fragments import SessionRow
from client.api.input_types import SessionFilter
from client.formatting.days import clock, zone
from client.formatting.text import plain, title, turns
from client.state import session_actions
from client.state.browser_tab import Tab
from client.state.loading import sessions_page, take_preferences
from client.state.paged_list import Listing, Page
from client.widgets import import_panel, session_menu
from client.widgets.export_dialog import sessions_dialog
from client.widgets.page_frame import page, problems
from client.wording import N_, _, number

ALL, ACTIVE, ARCHIVED, TRASH = N_("All"), N_("Active"), N_("Archived"), N_("Trash")
STATUS = {ACTIVE: SessionStatus.ACTIVE, ARCHIVED: SessionStatus.ARCHIVED}
ROWS = 20
# The bulk actions of each view. In the trash there is only Restore.
BULK = {ALL: ["Archive", "Delete"], ACTIVE: ["Archive", "Delete"], ARCHIVED: ["Restore", "Delete"]}


def load(tab: Tab) -> None:
    """Read the first page of the chosen view."""
    wanted = _wanted()
    if tab.library_view != wanted:
        tab.library_view, tab.library = wanted, _empty(wanted[0])
    tab.library.refresh(_read(tab, None))


def more(tab: Tab) -> None:
    """Add the next page."""
    tab.library.extend(_read(tab, tab.library.cursor))


def show(tab: Tab) -> None:
    """Draw the page."""
    now = datetime.now(zone(st.context.timezone))
    st.header(_("Library"), anchor=False)
    problems(tab)
    with st.expander(_("Import"), icon=":material/upload:"):
        import_panel.show(tab)
    st.segmented_control(
        _("Which"), [ALL, ACTIVE, ARCHIVED, TRASH], default=ALL, key="library-view", format_func=_
    )
    if _wanted()[0] != TRASH:
        with st.container(horizontal=True):
            st.text_input(_("Title contains"), key="library-title", max_chars=200)
            st.text_input(_("Tag"), key="library-tag", max_chars=50)
    _bulk(tab)
    if not tab.library.rows and not tab.stale:
        st.caption(_nothing())
    for session in tab.library.rows:
        _row(tab, session, now)
    if tab.library.more:
        st.button(_("More"), key="library-more", on_click=tab.later, args=(more,))


def _wanted() -> tuple[str, str, str]:
    """The view, and the title and tag to filter by."""
    state = st.session_state
    view = state.get("library-view") or ALL
    return view, state.get("library-title", "").strip(), state.get("library-tag", "").strip()


def _nothing() -> str:
    """Why the list is empty, and what to do."""
    view, title_has, tag = _wanted()
    if view == TRASH:
        return _("The trash is empty.")
    if title_has or tag:
        return _("Nothing matches. Clear title and tag to see all sessions.")
    return _("Nothing here yet. Your chats from the page Chat will be listed here.")


def _empty(view: str) -> Listing[SessionRow]:
    if view == TRASH:
        return Listing(lambda session: session.deleted_at or session.last_active)
    return Listing(lambda session: session.last_active)


def _read(tab: Tab, after: str | None) -> Page[SessionRow]:
    view, title_has, tag = _wanted()
    if view == TRASH:
        deleted = tab.api.trash(first=ROWS, after=after)
        take_preferences(tab, deleted.preferences, deleted.preference_sources)
        return sessions_page(deleted.trash)
    wanted = SessionFilter(status=STATUS.get(view), title=title_has or None, tag=tag or None)
    viewer = tab.api.sessions(first=ROWS, after=after, filter_=wanted)
    take_preferences(tab, viewer.preferences, viewer.preference_sources)
    return sessions_page(viewer.sessions)


def _bulk(tab: Tab) -> None:
    chosen = [row for row in tab.library.rows if st.session_state.get(f"choose-{row.id}")]
    with st.container(horizontal=True):
        for name in BULK.get(_wanted()[0], ["Restore"]):
            st.button(
                _(name),
                key=f"bulk-{name}",
                disabled=not chosen,
                on_click=tab.later,
                args=(session_actions.in_bulk(name, chosen),),
            )
        if _wanted()[0] != TRASH:
            ids = [session.id for session in chosen] or None
            st.button(
                _("Export {count} chosen").format(count=number(len(chosen)))
                if chosen
                else _("Export all"),
                key="bulk-export",
                icon=":material/download:",
                on_click=lambda: setattr(tab, "dialog", sessions_dialog(tab, ids)),
            )


def _row(tab: Tab, session: SessionRow, now: datetime) -> None:
    with st.container(horizontal=True, wrap=False, vertical_alignment="center"):
        st.checkbox(_("Choose"), key=f"choose-{session.id}", label_visibility="collapsed")
        when = session.deleted_at or session.last_active
        tags = "".join(f" :gray-badge[{plain(tag)}]" for tag in session.tags)
        st.markdown(
            f"{title(session)}{tags}  \n:gray[{turns(session.conversation_count)} · {clock(when, now)}]",
            width="stretch",
        )
        if session.deleted_at:
            restore = session_actions.restore(session)
            st.button(
                _("Restore"), key=f"restore-{session.id}", on_click=tab.later, args=(restore,)
            )
        else:
            if st.button(_("Open"), key=f"open-{session.id}", type="tertiary"):
                st.switch_page("chat.py", query_params={"session": session.id})
            session_menu.button(tab, session, key=f"menu-{session.id}")


page(load, show)
