"""When to try again after failures, and with how much."""

import random

from analytics.mirror.progress import Progress

LONGEST_PAUSE = 30.0
"""Seconds between attempts while the store or the warehouse fails."""
FAILURES_TO_OPEN = 3
"""Failures in a row after which only a probe is tried."""


class CircuitBreaker:
    """Opens after repeated failures and closes with the first success; its state is in `progress`."""

    def __init__(self, progress: Progress) -> None:
        """Begin closed."""
        self._progress = progress
        self._failures = 0

    @property
    def is_open(self) -> bool:
        """Whether to try something small before anything else."""
        return self._progress.circuit == "open"

    def failed(self, error: Exception) -> float:
        """Note a failure; returns how many seconds to wait, a random time that grows."""
        self._failures += 1
        self._progress.retries += 1
        self._progress.last_error = type(error).__name__
        if self._failures >= FAILURES_TO_OPEN:
            self._progress.circuit = "open"
        longest = min(LONGEST_PAUSE, 2.0 ** min(self._failures, 10))
        return random.uniform(0.5, 1) * longest  # noqa: S311

    def succeeded(self) -> None:
        """Note a success."""
        self._failures = 0
        self._progress.last_error = None
        self._progress.circuit = "closed"
