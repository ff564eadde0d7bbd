"""What an examination of an installation finds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, and what is wrong with it, if anything is. Neither text has a secret
    in it, nor anything of a user."""

    subject: str
    problem: str | None = None
    remedy: str = ""
    """What to do about the problem."""
