"""Reruns a page: one action is run, and the page's data is loaded, with at most two requests, or none if
nothing changed."""

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from client.state.browser_tab import Action, Tab, open_session
from client.state.drafts import Left, leave, take_up
from client.state.live import ACCOUNT, Live
from client.state.location import return_to_location
from client.transport import ApiError
from client.wording import N_, _

AGED_SECONDS = 60.0
"""After this long a page is read again even if no change was reported, because some things expire."""
SIGNED_OUT = N_("Your sign-in has expired. Sign in again; what you typed is kept.")


def rerun(tab: Tab, load: Action) -> None:
    """Run the action of a click, then load what the page shows. What was read before is read again only if
    it may have changed."""
    tab.arrived, tab.loaded = tab.loaded is not load, load
    if tab.live is None:
        tab.live = Live(tab.api, ACCOUNT)
        tab.live.begin()
    for each in tab.listening:
        # The page is already running, and a change must not close what it opens.
        each.unwatch()
    if tab.pending:
        _carry_out(tab, tab.pending.pop(0))
        if tab.pending or tab.asked:
            st.rerun()
    if not _is_current(tab):
        for each in tab.listening:
            # Whatever changed before now is about to be read.
            each.take()
        tab.api.forget()
    with tab.api.loading():
        tab.unloaded = _failure(tab, load)
    if not tab.stale:
        tab.signed_out = False
        _come_back(tab)


def act_in_dialog(tab: Tab) -> Sequence[str] | None:
    """Run the action of a click in a dialog that stays open. Returns what went wrong, for the dialog to
    show; None if nothing was clicked."""
    if not tab.pending:
        return None
    before = len(tab.problems)
    _carry_out(tab, tab.pending.pop(0))
    said = tab.problems[before:]
    del tab.problems[before:]
    return said


def _is_current(tab: Tab) -> bool:
    """Whether the data read before is current: nothing changed elsewhere, and it is not old."""
    age = abs((datetime.now(UTC) - tab.api.as_of).total_seconds())
    return age < AGED_SECONDS and all(each.quiet for each in tab.listening)


def _come_back(tab: Tab) -> None:
    """Continue where the user was when they had to sign in."""
    if tab.known:
        return
    tab.known = True
    left = take_up(tab.person.key)
    if left:
        tab.draft, tab.opened = left.draft, left.session
    if tab.person.location:
        return_to_location(tab.person.location)
    if left and left.session and "session" not in st.query_params:
        open_session(left.session)
        st.rerun()


def _carry_out(tab: Tab, action: Action) -> None:
    """Run an action and record what went wrong."""
    if failure := _failure(tab, action):
        tab.problems.append(failure)


def _failure(tab: Tab, action: Action) -> str | None:
    """Run an action. Returns what went wrong, or None."""
    try:
        action(tab)
    except ApiError as error:
        expired = error.code == "UNAUTHENTICATED" and tab.person.can_sign_in_again
        # A later failure for another reason doesn't renew the credential.
        tab.signed_out = tab.signed_out or expired
        left = Left(st.query_params.get("session", tab.opened), tab.draft)
        if tab.signed_out and (tab.known or left.session or left.draft):
            leave(tab.person.key, left)
        return _(SIGNED_OUT) if expired else str(error)
    return None
