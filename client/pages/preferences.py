"""All preferences except privacy, which has a page of its own."""

import streamlit as st

from client.api.enums import MailDelivery
from client.state.browser_tab import Notice, Tab
from client.state.loading import take_preferences
from client.state.preferences import SUMMARY_FREQUENCY, changed, frequency_changed
from client.widgets.page_frame import page, problems
from client.widgets.preference_fields import (
    ANSWERS,
    APPEARANCE,
    NOTIFICATIONS,
    draw,
    not_followed,
)
from client.wording import N_, _

GROUPS = {
    N_("Answers"): ANSWERS,
    N_("Appearance"): APPEARANCE,
    N_("Notifications"): NOTIFICATIONS,
}

CHANGES = {SUMMARY_FREQUENCY: frequency_changed}
MAILS = {
    MailDelivery.NONE: N_(
        "No mails are sent here, because no mail server is set up. Reminders are shown when you "
        "next open Recollect."
    ),
    MailDelivery.FOLDER: N_(
        "No mail server is set up here: mails are written into a folder on the server."
    ),
}
"""Messages about mails that reach nobody."""


def load(tab: Tab) -> None:
    """Read the values in force and where they come from."""
    found = tab.api.viewer_preferences()
    tab.is_admin = found.viewer.is_admin
    tab.mails = found.service.mails
    take_preferences(tab, found.viewer.preferences, found.viewer.preference_sources)


def show(tab: Tab) -> None:
    """Draw the page."""
    st.header(_("Preferences"), anchor=False)
    problems(tab)
    if not tab.origins:
        return
    for name, preferences in GROUPS.items():
        st.subheader(_(name), anchor=False)
        for preference in preferences:
            draw(tab, preference, CHANGES.get(preference.field, changed))
            if ignored := not_followed(tab.answerer, preference):
                st.caption(ignored)
        if preferences is NOTIFICATIONS and tab.mails in MAILS:
            st.caption(_(MAILS[tab.mails]))
    st.caption(_("These apply to every session, unless it has preferences of its own."))
    st.button(
        _("Reset all preferences"),
        key="reset",
        help=_("Also resets the page Privacy: what is kept, for how long, and who sees it."),
        on_click=tab.later,
        args=(_reset,),
    )


def _reset(tab: Tab) -> None:
    done = tab.api.reset_preferences()
    tab.unsaved.clear()
    tab.report(done.user_errors)
    if not done.user_errors:
        tab.notice = Notice(_("All preferences are back to the service's defaults."))


page(load, show)
