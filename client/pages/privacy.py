"""What is stored about the user, for how long, who may see it, and how to erase it."""

from functools import partial
from typing import Any

import streamlit as st

from client.api.erase_my_data import EraseMyDataEraseMyData
from client.api.input_types import EraseMyDataInput
from client.api.privacy import Privacy
from client.formatting.text import plain
from client.state.browser_tab import Action, Tab, open_session
from client.state.drafts import take_up
from client.state.identity import forget_all_but_the_person
from client.state.loading import take_preferences
from client.state.preferences import changed
from client.transport import ApiError
from client.widgets import stored_data
from client.widgets.dialogs import in_dialog
from client.widgets.export_dialog import everything_dialog
from client.widgets.page_frame import page, problems
from client.widgets.preference_fields import ANALYTICS, RETENTION, SAVING, draw
from client.wording import N_, _, ngettext

# The names of the stores, by the API's names for them.
STORES = {
    "store": N_("Your chats and preferences"),
    "warehouse": N_("Their copy for search and statistics"),
    "answer service": N_("The answer service"),
}
NAMES = N_(
    "While this is off, and in temporary sessions, Recollect uses a pseudonym there that can't be "
    "linked to you once the session is gone."
)
# What the user must type before everything is erased.
TYPED = N_("erase everything")


def load(tab: Tab) -> None:
    """Read what is stored, and what is kept from now on."""
    try:
        tab.stored = tab.api.privacy()
    except ApiError as error:
        # Stored data can be erased even while the mirror that counts it is unavailable.
        if error.data is None:
            raise
        tab.stored = Privacy.model_validate(error.data)
    viewer = tab.stored.viewer
    tab.is_admin = viewer.is_admin
    take_preferences(tab, viewer.preferences, viewer.preference_sources)


def show(tab: Tab) -> None:
    """Draw the page."""
    st.header(_("Privacy"), anchor=False)
    problems(tab)
    if tab.erased:
        _report(tab.erased)
    if tab.stored is None:
        return
    _stored(tab.stored)
    st.subheader(_("What is kept, and who sees it"), anchor=False)
    draw(tab, SAVING)
    if tab.answerer.keeps:
        st.caption(f"{_(tab.answerer.keeps)} {_(NAMES)}")
    draw(tab, RETENTION, partial(_retention, tab))
    draw(tab, ANALYTICS)
    st.subheader(_("Take it with you"), anchor=False)
    st.button(
        _("Download all your data"),
        key="download-everything",
        icon=":material/download:",
        on_click=lambda: setattr(tab, "dialog", everything_dialog(tab)),
    )
    _erasing(tab)


def _stored(stored: Privacy) -> None:
    st.subheader(_("Stored about you"), anchor=False)
    stored_data.figures(stored)
    st.caption(
        _(
            "Deleted sessions can be restored for {days} days; then they are gone. Temporary ones "
            "are gone after {hours} hours."
        ).format(days=stored.service.trash_days, hours=stored.service.temporary_session_hours)
    )
    stored_data.expiry(stored.viewer.stored_turns)


def _retention(tab: Tab, field: str, days: Any) -> Action:
    """Ask for confirmation before turns are kept for a shorter time, because that can't be undone."""
    before = tab.preferences.privacy_settings.data_retention_days if tab.preferences else 0
    if days is None or days >= before:
        return changed(field, days)
    return lambda tab: setattr(tab, "dialog", lambda: _lower(tab, field, days))


@in_dialog(N_("Keep turns for a shorter time?"))
def _lower(tab: Tab, field: str, days: int) -> None:
    st.write(
        ngettext(
            "Turns older than {count} day are removed at once and can't be restored. Download your "
            "data first if you want to keep them.",
            "Turns older than {count} days are removed at once and can't be restored. Download your "
            "data first if you want to keep them.",
            days,
        )
    )
    st.button(
        ngettext("Keep {count} day", "Keep {count} days", days),
        key="lower",
        type="primary",
        on_click=tab.later,
        args=(changed(field, days),),
    )
    tab.run_now()


def _erasing(tab: Tab) -> None:
    st.subheader(_("Erase everything"), anchor=False)
    st.write(
        _(
            "This removes all of your sessions, turns and preferences from every store of "
            "Recollect. It starts at once and can't be undone."
        )
    )
    if tab.answerer.keeps:
        st.caption(_(tab.answerer.keeps))
    typed = st.text_input(_("Type “{words}” to continue").format(words=_(TYPED)), key="typed")
    st.button(
        _("Erase everything"),
        key="erase",
        type="primary",
        disabled=typed.strip().lower() != _(TYPED),
        on_click=tab.later,
        args=(_erase,),
    )


def _erase(tab: Tab) -> None:
    report = tab.api.erase_my_data(EraseMyDataInput(confirm=True))
    tab.report(report.user_errors)
    if report.report is None:
        return
    forget_all_but_the_person()
    take_up(tab.person.key)
    st.session_state["tab"] = Tab(tab.person, tab.url, tab.api, tab.answerer, erased=report)
    open_session(None)
    st.rerun()


def _report(erased: EraseMyDataEraseMyData) -> None:
    st.success(_("All your data was erased."), icon=":material/check:")
    for store in erased.report or []:
        removed = ", ".join(_counted(each.count, each.kind) for each in store.removed if each.count)
        name = _(STORES.get(store.store, store.store))
        said = _("{things} removed.").format(things=removed) if removed else _("nothing removed.")
        st.markdown(f"**{plain(name)}**: {said}")
        if store.remains:
            st.caption(plain(store.remains))


def _counted(count: int, kind: str) -> str:
    """A number of records, with the names used on the other pages."""
    name = kind.replace("conversations", "turns").replace("_", " ")
    return f"{count} {plain(name.removesuffix('s') if count == 1 else name)}"


page(load, show)
