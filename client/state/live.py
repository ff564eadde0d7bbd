"""Tells a page that something of its person's changed elsewhere: in another tab, on another device.

A thread listens to the API's server-sent events. At a change it has the page run again, which reads what
changed.
"""

import random
import time
import weakref
from collections.abc import Callable
from threading import Event, Lock, Thread

from client.api.client import Client
from client.api.operations import SESSION_CHANGES_GQL
from client.api.session_changes import SessionChanges
from client.state.page_reruns import OpenPage, this_page
from client.transport import ApiError

LONGEST_PAUSE = 60.0
IDLE_SECONDS = 300.0
"""How long it listens for a page that no browser has open any more."""
BEGIN_SECONDS = 0.5
"""How long a page waits for the listening to begin before it is read."""


class Live:
    """The changes of one person, from now on, until nobody refers to this any more."""

    def __init__(self, api: Client) -> None:
        """Begin to listen, with the credential that `api` has at the time. What is read after this needs
        no second reading, unless listening began later: then that counts as a change."""
        self.api = api
        self.after: str | None = None
        """The cursor from which on changes are wanted; None for now."""
        self._lock = Lock()
        self._changed = False
        self._waiting: tuple[OpenPage, Callable[[], object]] | None = None
        self.tried = Event()
        """Set once it listens, or the first attempt failed."""
        self._last_open = time.monotonic()
        self._thread = self._listening()
        self.tried.wait(BEGIN_SECONDS)
        self._changed = False

    @property
    def wanted(self) -> bool:
        """Whether a browser had the page open lately."""
        return time.monotonic() < self._last_open + IDLE_SECONDS

    def note(self) -> None:
        """Something changed."""
        with self._lock:
            self._changed = True
        self.wake()

    def wake(self) -> None:
        """Run the waiting page again if something changed and a browser has it open."""
        with self._lock:
            if self._waiting is None:
                return
            page, before = self._waiting
            if not page.connected:
                return
            self._last_open = time.monotonic()
            if not self._changed:
                return
            self._waiting = None
        before()
        page.run_again()

    def take(self) -> bool:
        """Whether something changed since this was last asked. A page asks before it is read."""
        self._last_open = time.monotonic()
        if not self._thread.is_alive():
            self._thread = self._listening()
        with self._lock:
            self._waiting = None
            changed, self._changed = self._changed, False
        return changed

    def watch(self, before: Callable[[], object]) -> None:
        """Run the page whose script calls this again at the next change, after calling `before`."""
        page = this_page()
        with self._lock:
            self._waiting = (page, before) if page else None
        self.wake()

    def _listening(self) -> Thread:
        thread = Thread(target=_listen, args=(weakref.ref(self),), daemon=True)
        thread.start()
        return thread


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
                live.wake()
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
