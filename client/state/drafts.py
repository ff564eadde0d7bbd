"""Keeps what users were doing when their sign-in expired, until they are back.

A sign-in starts a new Streamlit session, so it is kept in this process: one draft per user, for an hour.
"""

from dataclasses import dataclass

import streamlit as st


@dataclass(frozen=True, slots=True)
class Draft:
    """A question that could not be recorded yet. However often it is sent, it is recorded once."""

    text: str
    conversation_id: str
    sent: bool = False
    """Whether it was sent, so that the API may have it. Then it is sent to the same session again,
    whichever is open now."""
    session: str | None = None
    """The session that it was sent to; None for a new one."""
    temporary: bool = False
    """Whether the new session was to be temporary."""
    replaces: str | None = None
    """The turn that it is another version of, if any."""


@dataclass(frozen=True, slots=True)
class Left:
    """Where a user was, and what they were about to ask."""

    session: str | None
    draft: Draft | None


def leave(person: str, left: Left) -> None:
    """Keep `left` for the user with that key, replacing what was kept before."""
    _left_by.clear(person)
    _left_by(person).append(left)


def take_up(person: str) -> Left | None:
    """What was kept for the user; it is returned only once. Call it only when the API has accepted
    their credential."""
    found = _left_by(person)
    _left_by.clear(person)
    return found[0] if found else None


@st.cache_resource(ttl="1h", max_entries=1000, show_spinner=False)
def _left_by(person: str) -> list[Left]:
    return []
