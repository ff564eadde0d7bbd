"""What an exporter has done and how it is doing, for metrics and status."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Circuit: TypeAlias = Literal["closed", "open"]


@dataclass(slots=True)
class Progress:
    """Counts since the exporter started. Only the exporter writes them; anyone may read them at any time.

    It contains no id and no text of a user.
    """

    marks: int = 0
    """Export marks that were mirrored and deleted."""
    rows: int = 0
    """Rows that the warehouse acknowledged."""
    bytes: int = 0
    """Bytes of text in these rows, in UTF-8."""
    retries: int = 0
    """Passes that failed and were retried."""
    dead_letters: int = 0
    """Records set aside because the warehouse will not accept them, as of the last pass."""
    last_success: float | None = None
    """When a pass over all marks last finished, in seconds since 1970."""
    last_error: str | None = None
    """The class of the last failure; None after a successful pass."""
    circuit: Circuit = "closed"
    """Open after repeated failures: then only a small probe is tried until one succeeds."""
