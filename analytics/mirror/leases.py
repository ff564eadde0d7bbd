"""How several exporters share the ranges of marks.

A lease records which exporter handles a range, and until when. It only saves work: an exporter that goes on
after its lease ended, because it was frozen or its clock is wrong, appends rows a second time at worst.
"""

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from uuid import uuid4

from analytics.mirror.ranges import RANGES, Range
from stores.errors import StoreError
from stores.keys import Key, lease_key
from stores.mirror_records import Lease
from stores.ports import Create, Snapshot, Store, Update, Write

logger = logging.getLogger(__name__)

LEASE_SECONDS = 30.0
"""How long a lease lasts. After an exporter is killed, its ranges wait at most this long."""
RENEWAL_SECONDS = 10.0
"""How often leases are renewed, and how soon an exporter notices that another one has started."""

_KEYS: Sequence[Key[Lease]] = [lease_key(f"{number:02}") for number in range(len(RANGES))]


class Leases:
    """The leases of one exporter. Until the first renewal succeeds it has all ranges."""

    def __init__(self, store: Store) -> None:
        """Start without leases."""
        self._store = store
        self._holder = uuid4().hex
        self._mine: Sequence[Range] = RANGES
        self._seen: dict[int, tuple[int, float]] = {}
        """For each range, the time of its last renewal and when that was first seen here."""

    @property
    def ranges(self) -> Sequence[Range]:
        """The ranges to handle now, in order."""
        return self._mine

    async def renew(self) -> None:
        """Renew this exporter's leases; take free ranges, and ranges that others hold beyond a fair share.

        If the store fails or others are quicker, nothing changes.
        """
        chosen: set[int] = set()

        def plan(found: Snapshot) -> Sequence[Write]:
            chosen.clear()
            chosen.update(shared(self._holders(found), self._holder))
            return [self._lease(found, number) for number in sorted(chosen)]

        try:
            await self._store.transact(_KEYS, plan)
        except StoreError as error:
            logger.warning("The leases were not renewed: %s", error)
        else:
            self._mine = [RANGES[number] for number in sorted(chosen)]

    async def keep(self, working: Callable[[], bool]) -> None:
        """Renew regularly until cancelled, then release the leases. While the exporter is not
        `working` nothing is renewed, so that others take over."""
        try:
            while True:
                await asyncio.sleep(random.uniform(0.8, 1) * RENEWAL_SECONDS)  # noqa: S311
                if working():
                    await self.renew()
        finally:
            with suppress(StoreError):
                await self._store.transact(_KEYS, self._release)

    def _holders(self, found: Snapshot) -> list[str | None]:
        """The holder of each range. A lease ends at its own time or, in case the holder's clock is ahead,
        when it has not been renewed for `LEASE_SECONDS` by the local clock."""
        now = time.monotonic()
        holders: list[str | None] = []
        for number, key in enumerate(_KEYS):
            lease = found.entry(key)
            if not isinstance(lease, Lease):
                holders.append(None)
                continue
            renewed, since = self._seen.get(number, (0, now))
            if renewed != lease.update_time:
                since = now
                self._seen[number] = lease.update_time, now
            ended = lease.expires_at <= _micros() or now - since > LEASE_SECONDS
            holders.append(None if ended else lease.holder)
        return holders

    def _lease(self, found: Snapshot, number: int) -> Write:
        lease = Lease(holder=self._holder, expires_at=_micros() + int(LEASE_SECONDS * 1_000_000))
        key = _KEYS[number]
        if found.entry(key) is None:
            return Create(key, lease)
        return Update(key, set=lease.model_dump())

    def _release(self, found: Snapshot) -> Sequence[Write]:
        leases = ((key, found.entry(key)) for key in _KEYS)
        return [
            Update(key, set={"expires_at": 0})
            for key, lease in leases
            if isinstance(lease, Lease) and lease.holder == self._holder
        ]


def shared(holders: Sequence[str | None], me: str) -> set[int]:
    """The ranges that `me` holds from now on: its own, free ones and, up to a fair share, some from the
    holders with the most."""
    counts = Counter(holder for holder in holders if holder not in (None, me))
    mine = {number for number, holder in enumerate(holders) if holder in (None, me)}
    share = len(holders) // (len(counts) + 1)
    others = list(holders)
    while len(mine) < share:
        richest, count = counts.most_common(1)[0]
        if count <= share:
            break
        number = len(others) - 1 - others[::-1].index(richest)
        others[number] = me
        mine.add(number)
        counts[richest] -= 1
    return mine


def _micros() -> int:
    return time.time_ns() // 1000
