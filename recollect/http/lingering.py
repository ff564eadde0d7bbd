"""Closes connections whose request was answered before its whole body had arrived.

If a connection with unread data is closed at once, it is reset, and the answer is lost: most clients read
nothing until they have sent everything. So the rest of the body is read for a while and discarded.
"""

import asyncio
from collections import OrderedDict
from typing import Any, Protocol

SECONDS = 5.0
"""How long a caller may take to send the rest and read the answer."""
PAUSE_SECONDS = 0.005
"""Time between two reads over all such connections: each read is at most 256 KiB, so 50 MB/s in total."""


class Lingering(Protocol):
    """A connection that will be closed."""

    def read_on(self) -> None:
        """Read the data that has arrived, once."""


class Drain:
    """The lingering connections of one process. They take turns, so that discarding what many of them send
    takes little time."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[Lingering, None] = OrderedDict()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, connection: Lingering) -> None:
        """Have a connection read once, at its turn."""
        self._waiting[connection] = None
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(PAUSE_SECONDS, self._next)

    def forget(self, connection: Lingering) -> None:
        """A connection has ended."""
        self._waiting.pop(connection, None)

    def _next(self) -> None:
        self._timer = None
        if self._waiting:
            connection, _ = self._waiting.popitem(last=False)
            connection.read_on()
        if self._waiting:
            self._timer = asyncio.get_running_loop().call_later(PAUSE_SECONDS, self._next)


class Unread:
    """The transport of a response while its request's body has not been read completely.

    The head of a response waits for the next write, at most until the next round of the event loop, so that a
    small response takes one system call and one packet.
    """

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        self._head = b""
        # A response to HEAD has no second part, so its only part must not wait.
        self._began = protocol.cycle.scope["method"] == "HEAD"

    def write(self, data: bytes) -> None:
        """Send a part of the response."""
        if self._began:
            self._protocol.transport.write(self._head + data)
            self._head = b""
        else:
            self._began, self._head = True, data
            asyncio.get_running_loop().call_soon(self._flush)

    def is_closing(self) -> bool:
        """Whether the connection is being closed."""
        return bool(self._protocol.transport.is_closing())

    def close(self) -> None:
        """Close the connection once the caller has had time to read the answer."""
        self._flush()
        if self._protocol.cycle.more_body:
            self._protocol.linger()
        else:
            self._protocol.transport.close()

    def _flush(self) -> None:
        if self._head and not self.is_closing():
            self._protocol.transport.write(self._head)
        self._head = b""
