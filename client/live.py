"""Tells a tab that something of its person's changed elsewhere: another tab, another device.

A thread listens to the API's server-sent events and does nothing but set a flag. The page looks at the flag
and reads what changed itself, so a missed event costs a late page at worst.
"""

import json
import random
import time
import weakref
from collections.abc import Iterator, Mapping
from threading import Event, Thread
from typing import Any

import httpx
import streamlit as st

from client.api.client import Client
from client.api.operations import SESSION_CHANGES_GQL

LOOK_SECONDS = 1.5
"""Between looks at the flag."""
SILENCE_SECONDS = 40.0
"""After which a connection counts as dead; the API sends a comment more often."""
LONGEST_PAUSE = 60.0


class Live:
    """The changes of one person, from now on, until nobody refers to this any more."""

    def __init__(self, url: str, api: Client) -> None:
        """Begin to listen, with the credential that `api` has at the time."""
        self._changed = Event()
        Thread(target=_listen, args=(weakref.ref(self), url, api), daemon=True).start()

    def note(self) -> None:
        """Something changed."""
        self._changed.set()

    def take(self) -> bool:
        """Whether something changed since this was last asked."""
        changed = self._changed.is_set()
        self._changed.clear()
        return changed


@st.fragment(run_every=LOOK_SECONDS)
def watch(live: Live) -> None:
    """Run the page again once something changed."""
    if live.take():
        st.rerun()


def _listen(owner: "weakref.ref[Live]", url: str, api: Client) -> None:
    failures = 0
    after: str | None = None
    while owner() is not None:
        try:
            for event in _events(url, api.headers or {}, after):
                live = owner()
                if live is None:
                    return
                failures = 0
                if event is None:
                    continue
                change = event["data"]["sessionChanges"]
                after = change["cursor"]
                if change["kind"] != "BEGUN":
                    live.note()
                del live
        except (httpx.HTTPError, ValueError, LookupError, TypeError):
            # Refused, cut off, or too many of them: the page works without, only later.
            failures += 1
        time.sleep(random.uniform(0.5, 1) * min(LONGEST_PAUSE, 2.0**failures))  # noqa: S311


def _events(
    url: str, headers: Mapping[str, str], after: str | None
) -> Iterator[dict[str, Any] | None]:
    """The answers that come, and None for each sign of life between them."""
    body = {"query": SESSION_CHANGES_GQL, "variables": {"after": after}}
    with httpx.stream(
        "POST",
        f"{url}/graphql",
        json=body,
        headers={**headers, "Accept": "text/event-stream"},
        timeout=httpx.Timeout(SILENCE_SECONDS, connect=5),
    ) as response:
        response.raise_for_status()
        for line in response.iter_lines():
            if line.startswith("data:") and (data := line.removeprefix("data:").strip()):
                yield json.loads(data)
            else:
                yield None
