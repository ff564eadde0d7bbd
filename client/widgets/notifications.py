"""The quiet notice of upcoming changes to sessions, and the buttons that links in mails lead to."""

from datetime import datetime

import streamlit as st

from client.api.enums import NotificationKind
from client.api.notifications import NotificationsViewerNotifications as Notification
from client.formatting.days import clock
from client.formatting.text import plain, sessions
from client.state import notifications as actions
from client.state.browser_tab import Tab, open_session
from client.widgets.export_dialog import sessions_dialog
from client.wording import N_, _

SAID = {
    NotificationKind.ARCHIVE: N_("will be archived on {at}"),
    NotificationKind.CLOSE: N_("will be closed on {at}"),
    NotificationKind.EXPIRE: N_("has turns that expire from {at} on"),
}
LABELS = {"pin": N_("Pin"), "restore": N_("Make active"), "export": N_("Export")}
OFFERED = {
    "pin": N_("Pin this session"),
    "restore": N_("Make this session active"),
    "export": N_("Export this session"),
}


def show(tab: Tab, now: datetime) -> None:
    """Draw the notifications that were not dismissed, folded up."""
    told = tab.notifications or []
    if not told:
        return
    count = len({each.session_id for each in told})
    with st.expander(
        _("{sessions} to look at").format(sessions=sessions(count)), icon=":material/notifications:"
    ):
        for each in told:
            _notification(tab, each, now)


def _notification(tab: Tab, told: Notification, now: datetime) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            plain(told.title or _("Untitled session")),
            key=f"notified-{told.id}",
            type="tertiary",
            on_click=open_session,
            args=(told.session_id,),
        )
        st.caption(_(SAID[told.kind]).format(at=clock(told.at, now)))
        for action in actions.ACTIONS[told.kind]:
            _button(tab, action, told.session_id, f"{action}-{told.id}")
        st.button(
            _("Dismiss"),
            key=f"dismiss-{told.id}",
            type="tertiary",
            on_click=tab.later,
            args=(actions.dismiss(told),),
        )


def offer(tab: Tab) -> None:
    """Draw the button that a link in a mail asks for. Following the link alone changes nothing."""
    action = st.query_params.get("do")
    if tab.session and action in LABELS:
        _button(tab, action, tab.session.id, f"offered-{action}", primary=True)


def _button(tab: Tab, action: str, session_id: str, key: str, *, primary: bool = False) -> None:
    def run() -> None:
        st.query_params.pop("do", None)
        if action == "export":
            tab.dialog = sessions_dialog(tab, [session_id])
        else:
            tab.later({"pin": actions.pin, "restore": actions.restore}[action](session_id))

    label = _((OFFERED if primary else LABELS)[action])
    st.button(label, key=key, type="primary" if primary else "secondary", on_click=run)
