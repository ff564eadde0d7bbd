"""All sessions, active, archived and deleted, with bulk actions, import and export."""

import streamlit as st

from client.api.enums import SessionStatus
from client.api.fragments import SessionRow
from client.api.input_types import SessionFilter
from client.state import session_actions
from client.state.browser_tab import LATEST_FIRST, Order, Tab
from client.state.loading import sessions_page, take_preferences
from client.state.paged_list import Listing, Page
from client.widgets import import_panel, session_table
from client.widgets.bulk_tags import tags_dialog
from client.widgets.export_dialog import export_now, sessions_dialog
from client.widgets.page_frame import page, problems
from client.wording import N_, _, number

ALL, ACTIVE, ARCHIVED, TRASH = N_("All"), N_("Active"), N_("Archived"), N_("Trash")
STATUS = {ACTIVE: SessionStatus.ACTIVE, ARCHIVED: SessionStatus.ARCHIVED}
ROWS = 20
MOST = 100
"""How many sessions can be changed at once."""
# The bulk actions of each view. In the trash there is only Restore.
BULK = {ALL: ["Archive", "Delete"], ACTIVE: ["Archive", "Delete"], ARCHIVED: ["Restore", "Delete"]}


def load(tab: Tab) -> None:
    """Read the first page of the chosen view."""
    wanted = _wanted()
    if tab.library_view != (wanted, tab.library_order):
        tab.library_view = (wanted, tab.library_order)
        column = session_table.COLUMNS[_order(tab).column]
        tab.library = Listing(column.value, rising=not _order(tab).falling)
    tab.library.refresh(_read(tab, None))


def more(tab: Tab) -> None:
    """Add the next page."""
    tab.library.extend(_read(tab, tab.library.cursor))


def show(tab: Tab) -> None:
    """Draw the page."""
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
    session_table.show(tab, tab.library.rows, _order(tab))
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


def _order(tab: Tab) -> Order:
    """The order of the list. The trash is ordered only by time."""
    column = session_table.COLUMNS[tab.library_order.column]
    return LATEST_FIRST if _wanted()[0] == TRASH and not column.in_trash else tab.library_order


def _read(tab: Tab, cursor: str | None) -> Page[SessionRow]:
    view, title_has, tag = _wanted()
    order = _order(tab)
    # The API lists the largest first; the smallest are read from the end of its list.
    forwards, backwards = (cursor, None) if order.falling else (None, cursor)
    first, last = (ROWS, None) if order.falling else (None, ROWS)
    if view == TRASH:
        deleted = tab.api.trash(first, forwards, last, backwards)
        tab.is_admin = deleted.is_admin
        take_preferences(tab, deleted.preferences, deleted.preference_sources)
        return sessions_page(deleted.trash, from_end=not order.falling)
    wanted = SessionFilter(status=STATUS.get(view), title=title_has or None, tag=tag or None)
    by = session_table.COLUMNS[order.column].order_by
    viewer = tab.api.sessions(first, forwards, last, backwards, wanted, by)
    tab.is_admin = viewer.is_admin
    take_preferences(tab, viewer.preferences, viewer.preference_sources)
    return sessions_page(viewer.sessions, from_end=not order.falling)


def _bulk(tab: Tab) -> None:
    chosen = session_table.chosen(tab.library.rows)
    fits = 0 < len(chosen) <= MOST
    with st.container(horizontal=True):
        for name in BULK.get(_wanted()[0], ["Restore"]):
            st.button(
                _(name),
                key=f"bulk-{name}",
                disabled=not fits,
                on_click=tab.later,
                args=(session_actions.in_bulk(name, chosen),),
            )
        if _wanted()[0] != TRASH:
            st.button(
                _("Tags"),
                key="bulk-tags",
                disabled=not fits,
                on_click=lambda: setattr(tab, "dialog", tags_dialog(tab, chosen)),
            )
            ids = [session.id for session in chosen] or None
            st.button(
                _("Export {count} chosen").format(count=number(len(chosen)))
                if chosen
                else _("Export all"),
                key="bulk-export",
                icon=":material/download:",
                on_click=lambda: setattr(tab, "dialog", sessions_dialog(tab, ids)),
            )
            export_now(tab, ids)
    if len(chosen) > MOST:
        st.caption(_("At most {count} sessions at once.").format(count=MOST))


page(load, show)
