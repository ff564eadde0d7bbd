"""GraphQL over server-sent events: an answer whose outcomes come one after the other.

The protocol is that of `graphql-sse`, in its mode of one connection for each operation.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from recollect.http.connections import (
    PER_USER,
    Connections,
    CredentialExpired,
    ServerStops,
    TooManyConnections,
)
from recollect.http.negotiation import EVENTS
from recollect.http.streams import Outcome
from resolvers.context import Viewer

COMMENT = b":\n\n"
BEAT_SECONDS = 12.0
"""Time between comments, which keep proxies from taking a silent connection for dead."""


class EventStream:
    """The answer to one operation, an ASGI application like every response."""

    def __init__(
        self, outcomes: AsyncGenerator[Outcome, None], connections: Connections, viewer: Viewer
    ) -> None:
        self._outcomes = outcomes
        self._connections = connections
        self._viewer = viewer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until the operation ends or the caller leaves."""
        headers = [(b"content-type", f"{EVENTS}; charset=utf-8".encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        # The waiting caller sees at once that the connection is open.
        await _send(send, COMMENT)
        sending = asyncio.create_task(self._send_all(send))
        beside = [asyncio.create_task(_left(receive)), asyncio.create_task(_beat(send))]
        try:
            await asyncio.wait({sending, *beside}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, *beside):
                task.cancel()
            ended = await asyncio.gather(sending, *beside, return_exceptions=True)
        for failure in ended:
            if isinstance(failure, Exception) and not isinstance(failure, OSError):
                raise failure
        await send({"type": "http.response.body", "body": b""})

    async def _send_all(self, send: Send) -> None:
        try:
            async with self._connections.hold(self._viewer), aclosing(self._outcomes):
                async for outcome in self._outcomes:
                    await _send(send, _event("next", outcome.body, outcome.cursor))
        except (ServerStops, CredentialExpired):
            # Without `complete` a client knows that it was cut off, and connects again.
            return
        except TooManyConnections:
            message = f"You have {PER_USER} connections, which is the limit; close one first."
            await _send(send, _event("next", _refusal("LIMIT_EXCEEDED", message)))
        await _send(send, _event("complete"))


def refused(code: str, message: str, headers: Mapping[str, str]) -> Response:
    """The events that answer a request which can't be served as it is. Clients take an error status for a
    network fault, and would send the request again and again."""
    events = _event("next", _refusal(code, message)) + _event("complete")
    return Response(events, headers=dict(headers), media_type=EVENTS)


def _event(name: str, data: Any = None, cursor: str | None = None) -> bytes:
    body = orjson.dumps(data) if data is not None else b""
    id_line = b"id: %b\n" % cursor.encode() if cursor else b""
    return b"event: %b\n%bdata: %b\n\n" % (name.encode(), id_line, body)


async def _beat(send: Send) -> None:
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        await _send(send, COMMENT)


async def _send(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _refusal(code: str, message: str) -> dict[str, Any]:
    return {"errors": [{"message": message, "extensions": {"code": code}}]}
