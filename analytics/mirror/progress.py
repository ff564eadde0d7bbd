"""What an exporter has done and how it fares, for metrics and status."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Circuit: TypeAlias = Literal["closed", "open"]


@dataclass(slots=True)
class Progress:
    """Counts since the exporter started. Only the exporter writes it; anybody may read it any time.

    It holds no id and no text of a user.
    """

    marks: int = 0
    """Export marks that were mirrored and deleted."""
    rows: int = 0
    """Rows that the warehouse acknowledged."""
    bytes: int = 0
    """Text of these rows in UTF-8."""
    retries: int = 0
    """Passes that failed, each of which is tried again."""
    dead_letters: int = 0
    """Records that are set aside because the warehouse will not take them, as of the last pass."""
    last_success: float | None = None
    """When a pass over all marks last ended, in seconds since 1970."""
    last_error: str | None = None
    """The class of the last failure; None once a pass succeeded after it."""
    circuit: Circuit = "closed"
    """Open after repeated failures: only a small probe is tried until one succeeds."""
