"""How often one caller may ask: token buckets in the memory of one process."""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

REMEMBERED = 10_000
"""Buckets kept at most, about 2 MB. The one that was used least recently is forgotten, full again."""


class _Bucket(NamedTuple):
    tokens: float
    filled_at: float


class RateLimiter:
    """Lets each key through `per_minute` times a minute, and that often at once after a pause.

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
        """Take one token of `key`; the seconds until there is one if there is none now, else 0."""
        now = self._clock()
        bucket = self._buckets.pop(key, _Bucket(self._capacity, now))
        per_second = self._capacity / 60
        tokens = min(self._capacity, bucket.tokens + (now - bucket.filled_at) * per_second)
        enough = tokens >= 1
        self._buckets[key] = _Bucket(tokens - 1 if enough else tokens, now)
        if len(self._buckets) > self._remembered:
            self._buckets.popitem(last=False)
        return 0 if enough else (1 - tokens) / per_second


def network(host: str) -> str:
    """What callers at an address share: the address, or the half of an IPv6 address that one
    household or server has to itself."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address), 64), strict=False))
    return str(address)
