"""Notices when the user's data changes elsewhere: in another tab or on another device.

A thread listens to the API's server-sent events. On a change it reruns the page, which then reads
what changed.
"""

import random
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Any

from client.api.client import Client
from client.api.operations import (
    SESSION_CHANGES_GQL,
    TURN_CHANGES_GQL,
)
from client.state.page_reruns import OpenPage, this_page
from client.transport import ApiError

LONGEST_PAUSE = 60.0
IDLE_SECONDS = 300.0
"""How long it keeps listening for a page that no browser has open any more."""
BEGIN_SECONDS = 0.5
"""How long a page waits for the listener to start before it is loaded."""
HEARD_SECONDS = 15.0
"""After this long without a keep-alive (one comes every 12 s), it is unknown whether anything changed."""
CAUGHT_UP_SECONDS = 1.0
"""How long after connecting it may still receive changes made while it was disconnected."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A subscription of the API that can be listened to."""

    document: str
    operation: str
    variables: Mapping[str, object] = field(default_factory=dict)


ACCOUNT = Topic(SESSION_CHANGES_GQL, "SessionChanges")
"""The user's sessions and preferences."""


def turns_of(session: str) -> Topic:
    """The turns of one session."""
    return Topic(TURN_CHANGES_GQL, "TurnChanges", {"session": session})


class Live:
    """Listens to changes of a topic from now on, until this object is no longer referenced."""

    def __init__(self, api: Client, topic: Topic) -> None:
        """Start listening, with the credential that `api` has then."""
        self.api = api
        self.topic = topic
        self.after: str | None = None
        """The cursor to continue from; None to start now."""
        self._lock = Lock()
        self._changed = False
        self._waiting: tuple[OpenPage, Callable[[], object]] | None = None
        self.tried = Event()
        """Set once it is listening, or the first attempt has failed."""
        self._last_open = time.monotonic()
        self._due: float | None = None
        self._heard: float | None = None
        self._thread = self._listening()

    def begin(self) -> None:
        """Wait until it listens. Data read after this need not be read again, unless the listener started
        later, which counts as a change."""
        self.tried.wait(BEGIN_SECONDS)
        self._changed = False

    @property
    def wanted(self) -> bool:
        """Whether a browser had the page open recently."""
        return time.monotonic() < self._last_open + IDLE_SECONDS

    @property
    def quiet(self) -> bool:
        """Whether it has been listening since the last `take`, and nothing changed."""
        heard = self._heard if self._thread.is_alive() else None
        listening = heard is not None and time.monotonic() < heard + HEARD_SECONDS
        return listening and not (self._changed or self._overdue)

    @property
    def _overdue(self) -> bool:
        return self._due is not None and time.monotonic() >= self._due

    def hear(self, *, listening: bool) -> None:
        """Note whether it is listening right now; if not, changes are reported later."""
        self._heard = time.monotonic() if listening else None

    def note(self) -> None:
        """Note that something changed."""
        with self._lock:
            self._changed = True
        self.wake()

    def wake(self) -> None:
        """Rerun the waiting page if something changed and a browser has it open."""
        with self._lock:
            if self._waiting is None:
                return
            page, before = self._waiting
            if not page.connected:
                return
            self._last_open = time.monotonic()
            if not (self._changed or self._overdue):
                return
            self._waiting = None
        before()
        page.run_again()

    def unwatch(self) -> None:
        """Rerun no page, until one watches again."""
        with self._lock:
            self._waiting = None

    def take(self) -> bool:
        """Whether something changed since the last call. A page calls this before it is loaded."""
        self._last_open = time.monotonic()
        if not self._thread.is_alive():
            self._thread = self._listening()
        with self._lock:
            self._due = None
            changed, self._changed = self._changed, False
        return changed

    def look_again_in(self, seconds: float) -> None:
        """Count it as a change if `take` is not called within `seconds` of the first call since the last
        `take`. This is noticed at the next keep-alive."""
        self._due = self._due or time.monotonic() + seconds

    def watch(self, before: Callable[[], object]) -> None:
        """On the next change, call `before` and rerun the page whose script calls this."""
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
        changes = _changes(live)
        live.hear(listening=False)
        del live
        began = time.monotonic()
        try:
            for cursor in changes:
                live = _wanted(owner)
                if live is None:
                    return
                failures = 0
                live.wake()
                if cursor or time.monotonic() > began + CAUGHT_UP_SECONDS:
                    live.hear(listening=True)
                if cursor:
                    live.after = cursor
                    # The first event marks the point from which changes are reported; earlier ones are not.
                    live.note()
                    live.tried.set()
                del live
        except ApiError as error:
            # Refused, cut off, or too many subscriptions: the page works without it, but notices
            # changes later.
            failures += 1
            if live := owner():
                live.hear(listening=False)
                live.tried.set()
                if error.code == "BAD_USER_INPUT":
                    # The cursor is too old.
                    live.after = None
            del live
        time.sleep(random.uniform(0.5, 1) * min(LONGEST_PAUSE, 2.0**failures))  # noqa: S311


def _changes(live: Live) -> Iterator[str | None]:
    """The cursor of each change from now on; None at each keep-alive."""
    variables = {**live.topic.variables, "after": live.after}
    return _cursors(live.api.follow(live.topic.document, live.topic.operation, variables))


def _cursors(events: Iterator[dict[str, Any] | None]) -> Iterator[str | None]:
    for data in events:
        (event,) = data.values() if data else (None,)
        yield event["cursor"] if event else None


def _wanted(owner: "weakref.ref[Live]") -> Live | None:
    live = owner()
    return live if live and live.wanted else None
