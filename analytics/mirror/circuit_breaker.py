"""Decides when to retry after failures, and whether to try a small probe first."""

import random

from analytics.mirror.progress import Progress

LONGEST_PAUSE = 30.0
"""Maximum seconds between attempts while the store or the warehouse fails."""
FAILURES_TO_OPEN = 3
"""After this many failures in a row only a probe is tried."""


class CircuitBreaker:
    """Opens after repeated failures and closes at the first success. Its state is in `progress`."""

    def __init__(self, progress: Progress) -> None:
        """Start closed."""
        self._progress = progress
        self._failures = 0

    @property
    def is_open(self) -> bool:
        """Whether to try a small probe first."""
        return self._progress.circuit == "open"

    def failed(self, error: Exception) -> float:
        """Count a failure. Returns how many seconds to wait: a random time that grows with each failure."""
        self._failures += 1
        self._progress.retries += 1
        self._progress.last_error = type(error).__name__
        if self._failures >= FAILURES_TO_OPEN:
            self._progress.circuit = "open"
        longest = min(LONGEST_PAUSE, 2.0 ** min(self._failures, 10))
        return random.uniform(0.5, 1) * longest  # noqa: S311

    def succeeded(self) -> None:
        """Close the circuit."""
        self._failures = 0
        self._progress.last_error = None
        self._progress.circuit = "closed"
