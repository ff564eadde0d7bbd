"""Reruns a page: one action is carried out, and what the page shows is loaded, by two requests at most. Where
nothing changed there is none."""

import time
from collections.abc import Sequence

import streamlit as st

from client.state.browser_tab import Action, Reading, Tab, open_session
from client.state.drafts import Left, leave, take_up
from client.state.location import return_to_location
from client.transport import ApiError
from client.wording import N_, _

AGED_SECONDS = 60.0
"""After so long a page is read again even if nobody told of a change: time alone ends some things."""
SIGNED_OUT = N_("Your sign-in has expired. Sign in again; what you typed is kept.")


def rerun(tab: Tab, load: Action, *, live: bool) -> None:
    """Run the action of a click, then load what the page shows, unless a live page is the same as before."""
    tab.arrived, tab.loaded = tab.loaded is not load, load
    for each in tab.listening:
        # The page is being run already, and what it opens is not to be closed by a change.
        each.unwatch()
    if tab.pending:
        tab.reading = None
        _carry_out(tab, tab.pending.pop(0))
        if tab.pending or tab.asked:
            st.rerun()
    if live and not tab.arrived and _is_current(tab):
        return
    for each in tab.listening:
        # Whatever changed before now is about to be read.
        each.take()
    began = time.monotonic()
    tab.unloaded = _failure(tab, load)
    tab.reading = None if tab.stale else _reading(tab, began)
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
    """Whether the page would be read as it was: nothing happened to it, here or elsewhere."""
    now = time.monotonic()
    return (
        tab.reading is not None
        and tab.reading == _reading(tab, now)
        and now < tab.reading.at + AGED_SECONDS
        # Unanswered turns change with time.
        and tab.turns_live is None
        and tab.listening != []
        and all(each.quiet for each in tab.listening)
    )


def _reading(tab: Tab, at: float) -> Reading:
    address = st.query_params.get("session"), st.query_params.get("at")
    return Reading(address, tab.tag, tab.api.executed, at)


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
        # What fails for another reason afterwards doesn't renew the credential.
        tab.signed_out = tab.signed_out or expired
        left = Left(st.query_params.get("session", tab.opened), tab.draft)
        if tab.signed_out and (tab.known or left.session or left.draft):
            leave(tab.person.key, left)
        return _(SIGNED_OUT) if expired else str(error)
    return None
