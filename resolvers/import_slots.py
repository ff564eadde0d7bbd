"""Limits how many imports of one user run at the same time."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from resolvers.errors import Code, Problem, Refused

IMPORTS = 2
"""Most imports of one user in one process. Each reads a file and writes as fast as the store accepts it."""


class TooManyImports(Refused):
    """The user already has too many imports under way."""

    def __init__(self) -> None:
        message = (
            f"You already have {IMPORTS} imports under way, which is the limit; try again when one "
            "has ended."
        )
        super().__init__(Problem(Code.LIMIT_EXCEEDED, message))


class ImportsUnderWay:
    """The imports of one process, by user."""

    def __init__(self) -> None:
        self._running: Counter[str] = Counter()

    def count(self, uid: str) -> int:
        """How many imports of a user are under way."""
        return self._running[uid]

    @contextmanager
    def hold(self, uid: str) -> Iterator[None]:
        """Count an import of a user while the block runs; raises `TooManyImports`."""
        if self.count(uid) >= IMPORTS:
            raise TooManyImports
        self._running[uid] += 1
        try:
            yield
        finally:
            self._running -= Counter([uid])
