"""Rate limits: token buckets in the memory of one process."""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

REMEMBERED = 10_000
"""The most buckets kept, about 2 MB. The least recently used one is dropped, which refills it."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class RateLimiter:
    """Allows each key `per_minute` requests a minute, or that many at once after a pause.

    `clock` counts seconds and never goes back.
    """

    def __init__(
        self,
        per_minute: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        remembered: int = REMEMBERED,
    ) -> None:
        self._capacity = float(per_minute)
        self._clock = clock
        self._remembered = remembered
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, key: str) -> float:
        """Take a token for `key`. Returns 0, or the seconds until there is one."""
        bucket = self._fill(key)
        if bucket.tokens < 1:
            return self._until_one(bucket)
        bucket.tokens -= 1
        return 0

    def wait(self, key: str) -> float:
        """The seconds until there is a token for `key`; 0 if there is one now."""
        bucket = self._fill(key)
        return 0 if bucket.tokens >= 1 else self._until_one(bucket)

    def spend(self, key: str, tokens: float) -> None:
        """Take tokens that have been used already. The balance can become negative, but by no more than a
        minute's tokens."""
        bucket = self._fill(key)
        bucket.tokens = max(bucket.tokens - tokens, -self._capacity)

    def _until_one(self, bucket: _Bucket) -> float:
        return (1 - bucket.tokens) / (self._capacity / 60)

    def _fill(self, key: str) -> _Bucket:
        """The bucket of `key` as it is now."""
        now = self._clock()
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(self._capacity, now)
            if len(self._buckets) > self._remembered:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(key)
            grown = (now - bucket.filled_at) * self._capacity / 60
            bucket.tokens = min(self._capacity, bucket.tokens + grown)
            bucket.filled_at = now
        return bucket


@lru_cache(REMEMBERED)
def network(host: str) -> str:
    """The network of an address: the address itself, or the /64 of an IPv6 address, which belongs to one
    household or server."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address), 64), strict=False))
    return str(address)
