"""What is held about the person, for how long, who may see it, and how to be rid of it."""

from functools import partial
from typing import Any

import streamlit as st

from client.api.erase_my_data import EraseMyDataEraseMyData
from client.api.input_types import EraseMyDataInput
from client.formatting.text import plain
from client.state.browser_tab import Action, Tab, open_session
from client.state.drafts import take_up
from client.state.identity import forget_all_but_the_person
from client.state.loading import origins
from client.state.preferences import changed
from client.widgets.dialogs import in_dialog
from client.widgets.export_dialog import everything_dialog
from client.widgets.page_frame import page, problems
from client.widgets.preference_fields import ANALYTICS, RETENTION, SAVING, draw

# What the API calls the places where something was held.
STORES = {
    "store": "Your chats and preferences",
    "warehouse": "Their copy for search and figures",
    "answer service": "The answer service",
}
NAMES = (
    "While this is off, and in temporary sessions, it is asked under a name that is no longer yours once the "
    "session is gone."
)
# What is to be typed before everything is erased.
TYPED = "erase everything"


def load(tab: Tab) -> None:
    """Read what is held, and what is kept from now on."""
    tab.held = tab.api.privacy()
    tab.preferences = tab.held.viewer.preferences
    tab.origins = origins(tab.held.viewer.preference_sources)


def show(tab: Tab) -> None:
    """Draw the page."""
    st.header("Privacy", anchor=False)
    problems(tab)
    if tab.erased:
        _report(tab.erased)
    if tab.held is None:
        return
    _held(tab)
    st.subheader("What is kept, and who sees it", anchor=False)
    draw(tab, SAVING)
    if tab.answerer.keeps:
        st.caption(f"{tab.answerer.keeps} {NAMES}")
    draw(tab, RETENTION, partial(_retention, tab))
    draw(tab, ANALYTICS)
    st.subheader("Take it with you", anchor=False)
    st.button(
        "Download everything held about you",
        key="download-everything",
        icon=":material/download:",
        on_click=lambda: setattr(tab, "dialog", everything_dialog(tab)),
    )
    _erasing(tab)


def _held(tab: Tab) -> None:
    held = tab.held
    if held is None:
        return
    counts = held.viewer.session_counts
    st.subheader("Held about you", anchor=False)
    st.write(
        f"{counts.active} active, {counts.archived} archived and {counts.trash} deleted sessions "
        f"with their turns, your preferences and "
        f"{'no address' if held.viewer.email is None else 'the e-mail address ' + plain(held.viewer.email)}."
    )
    st.caption(
        f"Deleted sessions can be brought back for {held.service.trash_days} days, then they are gone. "
        f"Temporary ones are gone after {held.service.temporary_session_hours} hours."
    )


def _retention(tab: Tab, field: str, days: Any) -> Action:
    """Lowering how long turns are kept is confirmed first, for it can't be taken back."""
    before = tab.preferences.privacy_settings.data_retention_days if tab.preferences else 0
    if days is None or days >= before:
        return changed(field, days)
    return lambda tab: setattr(tab, "dialog", lambda: _lower(tab, field, days))


@in_dialog("Keep turns for a shorter time?")
def _lower(tab: Tab, field: str, days: int) -> None:
    st.write(
        f"Turns older than {days} days are gone at once and can't be brought back. Download your data "
        "first if you want to keep them."
    )
    st.button(
        f"Keep {days} days",
        key="lower",
        type="primary",
        on_click=tab.later,
        args=(changed(field, days),),
    )
    tab.run_now()


def _erasing(tab: Tab) -> None:
    st.subheader("Erase everything", anchor=False)
    st.write(
        "This removes every session, turn and preference of yours from every store of Recollect. It begins "
        "at once and can't be undone."
    )
    if tab.answerer.keeps:
        st.caption(tab.answerer.keeps)
    typed = st.text_input(f"Type “{TYPED}” to go on", key="typed")
    st.button(
        "Erase everything",
        key="erase",
        type="primary",
        disabled=typed.strip().lower() != TYPED,
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
    st.success("Everything of yours was erased.", icon=":material/check:")
    for store in erased.report or []:
        removed = ", ".join(_counted(each.count, each.kind) for each in store.removed if each.count)
        name = STORES.get(store.store, store.store)
        st.markdown(f"**{plain(name)}**: {removed or 'nothing'} removed.")
        if store.remains:
            st.caption(plain(store.remains))


def _counted(count: int, kind: str) -> str:
    """A number of records, as the other pages call them."""
    name = kind.replace("conversations", "turns").replace("_", " ")
    return f"{count} {plain(name.removesuffix('s') if count == 1 else name)}"


page(load, show)
