"""Remembers whose requests were refused lately, by digests of their credentials."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

SUSPECT = 5
"""This many refusals, each within `SECONDS` of the last, make a suspect, whatever succeeds in between."""
SECONDS = 60.0
"""As long as a first ban, so that a caller who comes back after a shorter wait is still a suspect."""
REMEMBERED = 10_000
"""The most credentials kept, about 2 MB. The least recently refused one is forgotten."""


class _Refusals(NamedTuple):
    number: int
    latest: float


class Suspects:
    """The credentials whose requests were refused lately. `clock` counts seconds and never goes back."""

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, remembered: int = REMEMBERED
    ) -> None:
        self._clock = clock
        self._remembered = remembered
        self._refusals: OrderedDict[bytes, _Refusals] = OrderedDict()

    def __len__(self) -> int:
        return len(self._refusals)

    def __contains__(self, credential: bytes) -> bool:
        return credential in self._refusals and self._number(credential) >= SUSPECT

    def refused(self, credential: bytes) -> None:
        """Count a refusal."""
        number = self._number(credential) + 1
        self._refusals[credential] = _Refusals(number, self._clock())
        self._refusals.move_to_end(credential)
        if len(self._refusals) > self._remembered:
            self._refusals.popitem(last=False)

    def _number(self, credential: bytes) -> int:
        found = self._refusals.get(credential)
        recent = found is not None and self._clock() - found.latest < SECONDS
        return found.number if found is not None and recent else 0
