"""Tells a tab that something of its person's changed elsewhere: another tab, another device.

A thread listens to the API's server-sent events and does nothing but set a flag. The page looks at the flag
and reads what changed itself.
"""

import random
import time
import weakref
from collections.abc import Callable
from threading import Event, Thread

import streamlit as st

from client.api.client import Client
from client.api.operations import SESSION_CHANGES_GQL
from client.api.session_changes import SessionChanges
from client.transport import ApiError

LOOK_SECONDS = 1.5
"""Between looks at the flag."""
LONGEST_PAUSE = 60.0
IDLE_SECONDS = 300.0
"""How long it listens after the last look. A browser lets a tab that is hidden look once a minute."""
BEGIN_SECONDS = 0.5
"""How long a page waits for the listening to begin before it is read."""


class Live:
    """The changes of one person, from now on, until nobody refers to this any more. While nobody looks, as
    after the browser was closed, it does not listen."""

    def __init__(self, api: Client) -> None:
        """Begin to listen, with the credential that `api` has at the time. What is read after this needs
        no second reading, unless listening began later: then that is told as a change."""
        self.api = api
        self.after: str | None = None
        """From where on changes are to be told; None for now."""
        self._changed = Event()
        self.tried = Event()
        """Set once it listens, or the first attempt failed."""
        self._looked = time.monotonic()
        self._thread = self._listening()
        self.tried.wait(BEGIN_SECONDS)
        self._changed.clear()

    @property
    def wanted(self) -> bool:
        """Whether somebody looked lately."""
        return time.monotonic() < self._looked + IDLE_SECONDS

    def note(self) -> None:
        """Something changed."""
        self._changed.set()

    def take(self) -> bool:
        """Whether something changed since this was last asked."""
        self._looked = time.monotonic()
        if not self._thread.is_alive():
            self._thread = self._listening()
        changed = self._changed.is_set()
        self._changed.clear()
        return changed

    def _listening(self) -> Thread:
        thread = Thread(target=_listen, args=(weakref.ref(self),), daemon=True)
        thread.start()
        return thread


@st.fragment(run_every=LOOK_SECONDS)
def watch(live: Live, may: Callable[[], bool], before: Callable[[], object]) -> None:
    """Run the page again once something changed and it `may`, after calling `before`."""
    if may() and live.take():
        before()
        st.rerun()


def _listen(owner: "weakref.ref[Live]") -> None:
    failures = 0
    while live := _wanted(owner):
        api, variables = live.api, {"after": live.after}
        del live
        try:
            for data in api.follow(SESSION_CHANGES_GQL, "SessionChanges", variables):
                live = _wanted(owner)
                if live is None:
                    return
                failures = 0
                if data:
                    live.after = SessionChanges.model_validate(data).session_changes.cursor
                    # The first event says from where on changes are told; what came before is not.
                    live.note()
                    live.tried.set()
                del live
        except ApiError as error:
            # Refused, cut off, or too many of them: the page works without, only later.
            failures += 1
            if live := owner():
                live.tried.set()
                if error.code == "BAD_USER_INPUT":
                    # The cursor is too old to go on from.
                    live.after = None
            del live
        time.sleep(random.uniform(0.5, 1) * min(LONGEST_PAUSE, 2.0**failures))  # noqa: S311


def _wanted(owner: "weakref.ref[Live]") -> Live | None:
    live = owner()
    return live if live and live.wanted else None
