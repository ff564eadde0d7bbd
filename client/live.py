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
BEGIN_SECONDS = 0.5
"""How long a page waits for the listening to begin before it is read."""


class Live:
    """The changes of one person, from now on, until nobody refers to this any more."""

    def __init__(self, api: Client) -> None:
        """Begin to listen, with the credential that `api` has at the time. What is read after this needs
        no second reading, unless it took too long to begin: then that is told as a change."""
        self._changed = Event()
        Thread(target=_listen, args=(weakref.ref(self), api), daemon=True).start()
        self._changed.wait(BEGIN_SECONDS)
        self._changed.clear()

    def note(self) -> None:
        """Something changed."""
        self._changed.set()

    def take(self) -> bool:
        """Whether something changed since this was last asked."""
        changed = self._changed.is_set()
        self._changed.clear()
        return changed


@st.fragment(run_every=LOOK_SECONDS)
def watch(live: Live, may: Callable[[], bool], before: Callable[[], object]) -> None:
    """Run the page again once something changed and it `may`, after calling `before`."""
    if may() and live.take():
        before()
        st.rerun()


def _listen(owner: "weakref.ref[Live]", api: Client) -> None:
    failures = 0
    after: str | None = None
    while owner() is not None:
        try:
            for data in api.follow(SESSION_CHANGES_GQL, "SessionChanges", {"after": after}):
                live = owner()
                if live is None:
                    return
                failures = 0
                if data:
                    change = SessionChanges.model_validate(data).session_changes
                    after = change.cursor
                    # The first event says from where on changes are told; what came before is not.
                    live.note()
                del live
        except ApiError as error:
            # Refused, cut off, or too many of them: the page works without, only later.
            failures += 1
            if error.code == "BAD_USER_INPUT":
                # The cursor is too old to go on from.
                after = None
        time.sleep(random.uniform(0.5, 1) * min(LONGEST_PAUSE, 2.0**failures))  # noqa: S311
