"""How much is measured."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """Sizes of what is measured, and how often it is repeated."""

    repetitions: int = 30
    drains: int = 3
    sessions: tuple[int, int] = (20, 1000)
    turns: tuple[int, int] = (200, 2000)
    marks: int = 2000


QUICK = Scale(repetitions=3, drains=1, sessions=(20, 40), turns=(40, 80), marks=100)
"""Shows that everything runs; its figures mean nothing."""
