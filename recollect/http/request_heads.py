"""Reads the head of a request in small parts, so that little of the body comes with it.

Data that arrives with the head is kept until the request is served. Event loops read up to 256 KiB at once,
and each waiting request would hold that much.
"""

import asyncio
from typing import Protocol

HEAD_PART = 8 * 1024
"""The most bytes of a head that are read at once, and so the most of a body that a waiting request holds:
enough for most whole requests."""
BODY_PART = 256 * 1024
"""The same limit for a body that the application has asked for."""


class Reader(Protocol):
    """Receives the bytes of a connection, like an `asyncio.Protocol`."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is open."""

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""

    def pause_writing(self) -> None:
        """The caller reads too slowly."""

    def resume_writing(self) -> None:
        """The caller has caught up."""

    def data_received(self, data: bytes) -> None:
        """Take received data."""

    def expects_body(self) -> bool:
        """Whether the rest of a body comes next."""


class SmallHeads(asyncio.BufferedProtocol):
    """Passes on received data in parts of at most `HEAD_PART` or `BODY_PART` bytes.

    All connections share a `buffer`, because each part is copied at once.
    """

    def __init__(self, reader: Reader, buffer: memoryview) -> None:
        self._reader = reader
        self._buffer = buffer

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the next part is to be written."""
        return self._buffer if self._reader.expects_body() else self._buffer[:HEAD_PART]

    def buffer_updated(self, nbytes: int) -> None:
        """Pass on the data that was written."""
        self._reader.data_received(bytes(self._buffer[:nbytes]))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Pass it on."""
        self._reader.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass it on."""
        self._reader.connection_lost(exc)

    def pause_writing(self) -> None:
        """Pass it on."""
        self._reader.pause_writing()

    def resume_writing(self) -> None:
        """Pass it on."""
        self._reader.resume_writing()
