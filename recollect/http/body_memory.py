"""Limits the memory that all request bodies take together."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from recollect.http.operation_queue import QueueFull

ROOM = 64 * 1024 * 1024
"""Bytes of bodies and messages that a process holds at once."""
SHARE = 0.25
"""The share of them that one caller may have: three of the largest bodies."""


class BodyMemory:
    """The bytes of bodies that one process holds, from their arrival until they are answered."""

    def __init__(self, room: int = ROOM, share: float = SHARE) -> None:
        self._free = room
        self._of_one = int(room * share)
        self._held: Counter[str] = Counter()

    @contextmanager
    def hold(self, key: str) -> Iterator[Callable[[int], None]]:
        """Yield a function that reserves room for a number of a caller's bytes until the block ends.

        The function raises `QueueFull` if there is no room, or if the caller's share is used up.
        """
        taken = 0

        def take(size: int) -> None:
            nonlocal taken
            if size > self._free or self._held[key] + size > self._of_one:
                raise QueueFull
            self._free -= size
            self._held[key] += size
            taken += size

        try:
            yield take
        finally:
            self._free += taken
            self._held[key] -= taken
            if not self._held[key]:
                del self._held[key]
