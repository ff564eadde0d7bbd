"""Long-lived connections: how many a user may have, and what ends them."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from resolvers.context import Viewer

PER_USER = 50
"""The most connections one user may have to one process."""


class TooManyConnections(Exception):
    """The user has too many connections."""


class ServerStops(Exception):
    """The server is about to stop; the client may connect to another one."""


class CredentialExpired(Exception):
    """The credential with which the connection was opened has expired."""


class Connections:
    """The long-lived connections of one process."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self._timeouts: set[asyncio.Timeout] = set()
        self._closed = False

    @asynccontextmanager
    async def hold(self, viewer: Viewer) -> AsyncIterator[None]:
        """Hold a viewer's connection open while the block runs. It ends early when their credential
        expires, or at `close`.

        Raises `TooManyConnections`, `CredentialExpired` or `ServerStops`.
        """
        if self._open.get(viewer.uid, 0) >= PER_USER:
            raise TooManyConnections
        self._open[viewer.uid] += 1
        try:
            async with asyncio.timeout(_seconds_left(viewer)) as limit:
                self._timeouts.add(limit)
                if self._closed:
                    raise ServerStops
                yield
        except TimeoutError:
            if not limit.expired():
                raise
            raise (ServerStops if self._closed else CredentialExpired) from None
        finally:
            self._timeouts.discard(limit)
            self._open[viewer.uid] -= 1
            if not self._open[viewer.uid]:
                del self._open[viewer.uid]

    def close(self) -> None:
        """End all connections, and any new ones."""
        self._closed = True
        for limit in self._timeouts:
            limit.reschedule(asyncio.get_running_loop().time())


def _seconds_left(viewer: Viewer) -> float | None:
    return None if viewer.expires_at is None else viewer.expires_at - time.time()
