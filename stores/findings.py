"""The findings of an examination of an installation."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was examined, and its problem, if there is one. Neither text contains a secret, or
    anything about a user."""

    subject: str
    problem: str | None = None
    remedy: str = ""
    """What to do about the problem."""
