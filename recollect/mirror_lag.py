"""How far the mirror is behind, measured by the marks waiting in the store."""

import asyncio
import time
from dataclasses import dataclass

from analytics.mirror.ranges import RANGES
from stores.mirror_records import DeadLetter
from stores.ports import Store

COUNTED = 1000
"""Waiting marks and dead letters are counted up to this number."""
DEGRADED_SECONDS = 60.0
"""Seconds; a mirror that is further behind is degraded."""
REMEMBERED_SECONDS = 5.0
"""Seconds for which a result is reused, so that asking often costs nothing."""


@dataclass(frozen=True, slots=True)
class MirrorState:
    """What waits to be mirrored."""

    lag: float
    """Age in seconds of the oldest mark that was read; 0 if none is waiting."""
    pending: int
    """Waiting marks, at most `COUNTED`."""
    dead_letters: int
    """Records that the warehouse refused and that were set aside, at most `COUNTED`."""

    @property
    def degraded(self) -> bool:
        """Whether the mirror is too far behind."""
        return self.lag > DEGRADED_SECONDS


class Mirror:
    """The state of one store's mirror, read every few seconds at most."""

    def __init__(self, store: Store) -> None:
        """Use a store, which stays open."""
        self._store = store
        self._reading = asyncio.Lock()
        self._state = MirrorState(0, 0, 0)
        self._until = 0.0

    async def state(self) -> MirrorState:
        """The state now or a few seconds ago; raises `StoreUnavailable`."""
        async with self._reading:
            if time.monotonic() >= self._until:
                self._state = await mirror_state(self._store)
                self._until = time.monotonic() + REMEMBERED_SECONDS
            return self._state


async def mirror_state(store: Store) -> MirrorState:
    """What waits now; raises `StoreUnavailable`.

    If more marks wait than are counted, the oldest is looked up in every range of users.
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
