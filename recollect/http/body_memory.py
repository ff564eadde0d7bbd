"""Limits the memory that all request bodies take together."""

from collections import defaultdict

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
        self._held: defaultdict[str, int] = defaultdict(int)

    def hold(self, key: str) -> "Held":
        """The bytes of one caller's body, which are held until the block ends. The block reserves room by
        calling it with a number of bytes.

        The call raises `QueueFull` if there is no room, or if the caller's share is used up.
        """
        return Held(self, key)

    def take(self, key: str, size: int) -> None:
        """Reserve room for a caller's bytes; raises `QueueFull`."""
        if size > self._free or self._held[key] + size > self._of_one:
            raise QueueFull
        self._free -= size
        self._held[key] += size

    def give_back(self, key: str, size: int) -> None:
        """Free what a caller has reserved."""
        self._free += size
        self._held[key] -= size
        if not self._held[key]:
            del self._held[key]


class Held:
    """Room for one body, held until the block ends."""

    __slots__ = ("_key", "_memory", "_taken")

    def __init__(self, memory: BodyMemory, key: str) -> None:
        self._memory = memory
        self._key = key
        self._taken = 0

    def __call__(self, size: int) -> None:
        """Reserve room for more bytes; raises `QueueFull`."""
        self._memory.take(self._key, size)
        self._taken += size

    def __enter__(self) -> "Held":
        return self

    def __exit__(self, *failure: object) -> None:
        self._memory.give_back(self._key, self._taken)
