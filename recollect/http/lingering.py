"""Closes connections whose request was answered before its body had come.

Closed at once, a connection with unread data is reset, and the answer is lost with it: most clients read
nothing before they have sent everything. So what still comes is read for a while and thrown away.
"""

import asyncio
from collections import OrderedDict
from typing import Any, Protocol

SECONDS = 5.0
"""How long a caller may take to send the rest and read the answer."""
PAUSE_SECONDS = 0.005
"""Between two reads of all such connections together: each of at most 256 KiB, so 50 MB/s."""


class Lingering(Protocol):
    """A connection that will be closed."""

    def read_on(self) -> None:
        """Read what has come, once."""


class Drain:
    """The connections of one process that linger. They take turns, so that throwing away what many of them
    send takes little time."""

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
    """What a response is written to while its request's body has not been read whole.

    The head of a response waits for what is written next, until the next round of the event loop at most: a
    small response then takes one call of the system and one packet.
    """

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        self._head = b""
        # To HEAD there is no second part, so its only one must not wait.
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
        """Close the connection once the caller had time to read the answer."""
        self._flush()
        if self._protocol.cycle.more_body:
            self._protocol.linger()
        else:
            self._protocol.transport.close()

    def _flush(self) -> None:
        if self._head and not self.is_closing():
            self._protocol.transport.write(self._head)
        self._head = b""
