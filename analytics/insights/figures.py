"""Parts that the figures of one user and of all users have in common."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

TOPICS = 10
"""How many topics are reported at most."""
CANDIDATES = 5 * TOPICS
"""How many are looked at, because some are parts of others."""
MODELS = 20
"""How many models are reported."""


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Percentiles of the response time, in milliseconds."""

    p50: int
    p95: int
    p99: int

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Percentiles | None":
        """The percentiles of a row; None if no time is known."""
        if row.get("p50_ms") is None:
            return None
        return cls(row["p50_ms"], row["p95_ms"], row["p99_ms"])


@dataclass(frozen=True, slots=True)
class Day:
    """A day (UTC) with turns; `users` is set only in the figures about all users."""

    day: date
    turns: int
    users: int | None = None


@dataclass(frozen=True, slots=True)
class ModelFigures:
    """Turns that one model answered. A figure is None if no turn has it or, in figures about all users
    (`users` is set), if it would be about too few of them."""

    model: str
    turns: int
    users: int | None
    good: int | None
    bad: int | None
    response_times: Percentiles | None
    input_tokens: int | None
    output_tokens: int | None
