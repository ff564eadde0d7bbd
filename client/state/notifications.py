"""Notifications of upcoming changes to sessions: requested once per visit, dismissed for good."""

from client.api.enums import NotificationKind
from client.api.input_types import DismissNotificationInput, PinSessionInput, SessionInput
from client.api.notifications import NotificationsViewerNotifications as Notification
from client.state.browser_tab import Action, Tab
from client.state.loading import load_chat

ACTIONS = {
    NotificationKind.ARCHIVE: ("pin",),
    NotificationKind.CLOSE: ("pin", "restore"),
    NotificationKind.EXPIRE: ("export",),
}
"""The actions against each upcoming change, as the links in mails name them."""


def load_chat_page(tab: Tab) -> None:
    """Load the chat and, if no session is open, the notifications.

    It isn't defined in the page's script: each run would create a new function, and the page would count as
    just opened.
    """
    load_chat(tab)
    if tab.opened is None:
        load_notifications(tab)


def load_notifications(tab: Tab) -> None:
    """Request them once; later ones are shown on the next visit."""
    if tab.notifications is None:
        tab.notifications = tab.api.notifications().notifications


def dismiss(notification: Notification) -> Action:
    """Dismiss a notification, on all devices."""

    def action(tab: Tab) -> None:
        given = DismissNotificationInput(notification_id=notification.id)
        done = tab.api.dismiss_notification(given)
        # One that no longer exists was dismissed elsewhere, or its time is over.
        if all(error.code.value == "NOT_FOUND" for error in done.user_errors):
            drop(tab, notification.session_id, notification.kind)
        else:
            tab.report(done.user_errors)

    return action


def pin(session_id: str) -> Action:
    """Pin a session, so that it is neither archived nor closed."""

    def action(tab: Tab) -> None:
        done = tab.api.pin_session(PinSessionInput(session_id=session_id, pinned=True))
        tab.report(done.user_errors)
        if not done.user_errors:
            drop(tab, session_id, NotificationKind.ARCHIVE, NotificationKind.CLOSE)

    return action


def restore(session_id: str) -> Action:
    """Make a session active again, so that it is not closed."""

    def action(tab: Tab) -> None:
        done = tab.api.restore_session(SessionInput(session_id=session_id))
        tab.report(done.user_errors)
        if not done.user_errors:
            drop(tab, session_id, NotificationKind.CLOSE)

    return action


def drop(tab: Tab, session_id: str, *kinds: NotificationKind) -> None:
    """Stop showing these in this tab."""
    tab.notifications = [
        each
        for each in tab.notifications or []
        if each.session_id != session_id or each.kind not in kinds
    ]
