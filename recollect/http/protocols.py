"""uvicorn's protocols, with deadlines.

uvicorn only closes connections that are idle after a response: the head of a request may take for ever and
have any length, and reading a response may take for ever too.
"""

import asyncio
from typing import Any, cast

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from recollect.http import lingering
from recollect.http.connection_limits import Gate
from recollect.http.request_heads import BODY_PART, SmallHeads

HEAD_SECONDS = 10.0
"""The time for a request's head, from the beginning of the connection or of the request."""
HEAD_BYTES = 64 * 1024
"""The most bytes of a request's first line and headers."""
UNREAD_SECONDS = 60.0
"""How long a caller may leave a response unread before the connection is cut."""
_PHRASES = {
    408: "Request Timeout",
    431: "Request Header Fields Too Large",
    503: "Service Unavailable",
}


def guarded_http(gate: Gate) -> type[asyncio.Protocol]:
    """HTTP with deadlines for clients to send heads and to read responses, behind a gate."""
    drain = lingering.Drain()
    buffer = memoryview(bytearray(BODY_PART))

    class GuardedHttp(HttpToolsProtocol):
        _deadline: asyncio.TimerHandle | None = None
        _unread: asyncio.TimerHandle | None = None
        _head = 0
        _upgraded = False
        _lingers = False
        _body_begins = False
        """Whether the head of a request with a body was in the data that is being read."""
        _answering = False
        """Whether a request's head is complete and its response is not."""

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(cast("asyncio.Transport", transport))
            if refused := gate.enter(self.transport, _host(transport)):
                self._refuse(503, "UNAVAILABLE", refused)
                return
            gate.waits(self)
            self._expect_head()

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            self._stop_timers()
            gate.works(self)
            gate.leave(self.transport)
            drain.forget(self)
            if self.cycle is not None:
                # `Unread` refers to this object: without it, both are freed without garbage
                # collection.
                self.cycle.transport = self.transport

        def data_received(self, data: bytes) -> None:
            if self._lingers:
                self.flow.pause_reading()
                drain.add(self)
                return
            if self.transport.is_closing():
                return
            super().data_received(data)
            if self._upgraded or self.transport.is_closing():
                return
            if self._body_begins:
                self._body_begins = False
                if self.expects_body():
                    # Until the application asks for the rest: of refused requests none is read.
                    self.flow.pause_reading()
            if not self._answering:
                self._head += len(data)
                if self._head > HEAD_BYTES:
                    self._refuse_head()
                elif self._deadline is None:
                    self._expect_head()

        def on_headers_complete(self) -> None:
            gate.works(self)
            if self._deadline is not None:
                self._deadline.cancel()
                self._deadline = None
            self._answering, self._head = True, 0
            if sum(len(name) + len(value) for name, value in self.headers) > HEAD_BYTES:
                self._refuse_head()
                raise ValueError("the headers are too long")
            super().on_headers_complete()
            if _has_body(self.headers) and not self._should_upgrade():
                self._body_begins = True
                self.cycle.transport = cast("asyncio.Transport", lingering.Unread(self))

        def send_400_response(self, msg: str) -> None:
            if not self.transport.is_closing():
                super().send_400_response(msg)

        def on_response_complete(self) -> None:
            if self.cycle.response_complete and self.cycle.more_body:
                self.linger()
                return
            super().on_response_complete()
            if not self.pipeline:
                self._answering = False
                gate.waits(self)

        def handle_websocket_upgrade(self) -> None:
            self._upgraded = True
            self._stop_timers()
            super().handle_websocket_upgrade()

        def pause_writing(self) -> None:
            super().pause_writing()
            self._unread = self.loop.call_later(UNREAD_SECONDS, self.transport.abort)

        def resume_writing(self) -> None:
            super().resume_writing()
            if self._unread is not None:
                self._unread.cancel()

        def linger(self) -> None:
            """Close soon, and discard the rest of the request until then."""
            if not self._lingers:
                self._lingers = True
                self.cycle.body = bytearray()  # discards the part that has arrived
                self.flow.pause_reading()
                self.transport.write_eof()
                gate.waits(self)
                drain.add(self)
                self.loop.call_later(lingering.SECONDS, self.transport.close)

        def expects_body(self) -> bool:
            cycle = cast("RequestResponseCycle | None", self.cycle)  # None before the first one
            return cycle is not None and cycle.more_body

        def read_on(self) -> None:
            self.flow.resume_reading()

        def give_way(self) -> None:
            self.transport.close()

        def _expect_head(self) -> None:
            message = f"The head of a request must be complete within {HEAD_SECONDS:.0f} s."
            self._deadline = self.loop.call_later(
                HEAD_SECONDS, self._refuse, 408, "BAD_REQUEST", message
            )

        def _refuse_head(self) -> None:
            message = f"The head of the request exceeds {HEAD_BYTES} bytes; send shorter headers."
            self._refuse(431, "BAD_REQUEST", message)

        def _refuse(self, status: int, code: str, message: str) -> None:
            if self.transport.is_closing():
                return
            error = {"message": message, "extensions": {"code": code}}
            body = orjson.dumps({"errors": [error]})
            head = (
                f"HTTP/1.1 {status} {_PHRASES[status]}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\nRetry-After: 5\r\nConnection: close\r\n\r\n"
            )
            self.transport.write(head.encode() + body)
            self.transport.close()

        def _stop_timers(self) -> None:
            for timer in (self._deadline, self._unread):
                if timer is not None:
                    timer.cancel()

    class GuardedHttpReader(SmallHeads):
        def __init__(self, **settings: Any) -> None:
            super().__init__(GuardedHttp(**settings), buffer)

    return cast("type[asyncio.Protocol]", GuardedHttpReader)  # uvicorn's type omits this kind


def guarded_websocket(gate: Gate) -> type[asyncio.Protocol]:
    """WebSocket with a deadline for clients to read. Its connection passed the gate before the upgrade."""

    class GuardedWebSocket(WebSocketsSansIOProtocol):
        _unread: asyncio.TimerHandle | None = None

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            if self._unread is not None:
                self._unread.cancel()
            gate.leave(self.transport)

        def pause_writing(self) -> None:
            super().pause_writing()
            self._unread = self.loop.call_later(UNREAD_SECONDS, self.transport.abort)

        def resume_writing(self) -> None:
            super().resume_writing()
            if self._unread is not None:
                self._unread.cancel()

    return GuardedWebSocket


def _has_body(headers: list[tuple[bytes, bytes]]) -> bool:
    return any(name in (b"content-length", b"transfer-encoding") for name, _ in headers)


def _host(transport: asyncio.BaseTransport) -> str:
    """The peer's address; empty if there is none."""
    peer = transport.get_extra_info("peername")
    return str(peer[0]) if isinstance(peer, tuple) else ""
