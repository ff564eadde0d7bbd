"""How far the mirror is behind, told from the marks that wait in the store."""

import asyncio
import time
from dataclasses import dataclass

from analytics.mirror.ranges import RANGES
from stores.ports import Store
from stores.records import DeadLetter

COUNTED = 1000
"""More waiting marks, or dead letters, than this are not counted."""
DEGRADED_SECONDS = 60.0
"""A mirror that is further behind is degraded."""
REMEMBERED_SECONDS = 5.0
"""For how long an answer is given again, so that asking often costs nothing."""


@dataclass(frozen=True, slots=True)
class MirrorState:
    """What waits to be mirrored."""

    lag: float
    """Age of the oldest mark in seconds, of those that were read; 0 if none waits."""
    pending: int
    """Waiting marks, `COUNTED` at most."""
    dead_letters: int
    """Records that the warehouse refused and that were set aside, `COUNTED` at most."""

    @property
    def degraded(self) -> bool:
        """Whether the mirror is too far behind."""
        return self.lag > DEGRADED_SECONDS


class Mirror:
    """The state of the mirror of one store, read anew every few seconds at most."""

    def __init__(self, store: Store) -> None:
        """Use a store, which stays open."""
        self._store = store
        self._reading = asyncio.Lock()
        self._state = MirrorState(0, 0, 0)
        self._until = 0.0

    async def state(self) -> MirrorState:
        """The state as it is, or was seconds ago; raises `StoreUnavailable`."""
        async with self._reading:
            if time.monotonic() >= self._until:
                self._state = await mirror_state(self._store)
                self._until = time.monotonic() + REMEMBERED_SECONDS
            return self._state


async def mirror_state(store: Store) -> MirrorState:
    """What waits now; raises `StoreUnavailable`.

    Where more waits than is counted, the oldest is looked for in every range of users.
    """
    marks, letters = await asyncio.gather(
        store.scan_marks(None, COUNTED), store.scan(DeadLetter, None, COUNTED)
    )
    times = [mark.update_time for mark in marks]
    if len(marks) == COUNTED:
        some = COUNTED // len(RANGES)
        for more in await asyncio.gather(
            *(store.scan_marks(part.after, some, part.until) for part in RANGES)
        ):
            times += [mark.update_time for mark in more]
    lag = time.time() - min(times) / 1_000_000 if times else 0
    return MirrorState(max(0.0, lag), len(marks), len(letters))
