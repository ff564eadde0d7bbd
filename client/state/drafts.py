"""What somebody left when their sign-in expired, until they are back.

Signing in begins a new tab, so it is kept in this process: by person, for an hour, one thing each.
"""

from dataclasses import dataclass

import streamlit as st


@dataclass(frozen=True, slots=True)
class Draft:
    """A question that could not be recorded; sent again it is recorded once."""

    text: str
    conversation_id: str
    sent: bool = False
    """Whether the API may have it: then it goes to the same place again, wherever its author is now."""
    session: str | None = None
    """The session that it was sent to, None for a new one."""
    temporary: bool = False
    """Whether that was to be temporary."""


@dataclass(frozen=True, slots=True)
class Left:
    """Where a person was, and what they were about to ask."""

    session: str | None
    draft: Draft | None


def leave(person: str, left: Left) -> None:
    """Keep it for the person with that key, in place of what they left before."""
    _left_by.clear(person)
    _left_by(person).append(left)


def take_up(person: str) -> Left | None:
    """What the person left, once. Whoever asks must know that the API takes their credential."""
    found = _left_by(person)
    _left_by.clear(person)
    return found[0] if found else None


@st.cache_resource(ttl="1h", max_entries=1000, show_spinner=False)
def _left_by(person: str) -> list[Left]:
    return []
