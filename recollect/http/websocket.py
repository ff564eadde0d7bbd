"""GraphQL over WebSocket, by the subprotocol `graphql-transport-ws` and no other."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import aclosing, suppress
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from recollect.http.admission import Admission, NotAdmitted
from recollect.http.bodies import BadRequest
from recollect.http.body_memory import BodyMemory
from recollect.http.budgets import BYTES_PER_UNIT, Account, OverBudget
from recollect.http.connections import (
    PER_USER,
    Connections,
    CredentialExpired,
    ServerStops,
    TooManyConnections,
)
from recollect.http.errors import INTERNAL_MESSAGE, where
from recollect.http.operation_queue import QueueFull
from recollect.http.request_headers import request_headers
from recollect.http.request_ids import RequestIds, request_ids
from recollect.http.requests import BODY_BYTES, GraphQLRequest, read_content, read_json
from recollect.http.streams import Streams
from resolvers.context import Viewer

PROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 10.0
"""Seconds within which a connection must send its credential."""
INIT_BYTES = 64 * 1024
"""The size limit of messages before that."""
OPERATIONS = 50
"""Concurrent operations on one connection."""
ID_CHARACTERS = 128
CREDENTIALS = ("authorization", "x-recollect-dev-user")
"""The headers that the payload of `connection_init` may contain, because browsers can't set headers."""

log = logging.getLogger(__name__)


class Closed(Exception):
    """The connection will be closed with this code, and a reason of at most 123 bytes."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class WebSocketEndpoint:
    """Runs operations of every kind, many on one connection, and sends their results as they come."""

    def __init__(
        self, streams: Streams, admission: Admission, connections: Connections, room: BodyMemory
    ) -> None:
        self._streams = streams
        self._admission = admission
        self._connections = connections
        self._room = room

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        socket = WebSocket(scope, receive, send)
        try:
            self._admission.check_origin(request_headers(scope))
        except NotAdmitted:
            await socket.close()  # not accepted yet, so the answer is 403
            return
        offered = PROTOCOL in scope["subprotocols"]
        await socket.accept(PROTOCOL if offered else None)
        ids = request_ids(request_headers(scope))
        code, reason = 4406, "Subprotocol not acceptable"
        try:
            if offered:
                await self._serve(socket, ids)
        except Closed as closed:
            code, reason = closed.code, str(closed)
        except WebSocketDisconnect as left:
            log.info("connection", extra={**ids.log_fields, "status": left.code})
            return
        except Exception as error:
            log.error("internal error", extra={**ids.log_fields, **where(error)})
            code, reason = 1011, "Internal error"
        log.info("connection", extra={**ids.log_fields, "status": code})
        with suppress(WebSocketDisconnect, RuntimeError):
            await socket.close(code, reason)

    async def _serve(self, socket: WebSocket, ids: RequestIds) -> None:
        """Authenticate the caller, then run their operations; raises `Closed` at the end."""
        try:
            async with asyncio.timeout(INIT_SECONDS):
                viewer = await self._initialised(socket)
        except TimeoutError:
            raise Closed(4408, "Connection initialisation timeout") from None
        try:
            async with self._connections.hold(viewer):
                await _send(socket, "connection_ack")
                account = self._admission.account(socket.scope, viewer)
                running = _Operations(socket, self._streams, account, self._room, viewer, ids)
                await running.serve()
        except TooManyConnections:
            message = f"More than {PER_USER} connections; close one first"
            raise Closed(1013, message) from None
        except CredentialExpired:
            message = "The credential has expired; connect again with a new one"
            raise Closed(4403, message) from None
        except ServerStops:
            raise Closed(1012, "The server stops; connect again") from None

    async def _initialised(self, socket: WebSocket) -> Viewer:
        """The caller proven by the handshake and `connection_init`."""
        while (message := (await _received(socket, INIT_BYTES))[0])["type"] != "connection_init":
            if message["type"] == "subscribe":
                raise Closed(4401, "Unauthorized")
            await _answer_ping(socket, message)
        headers = {**request_headers(socket.scope), **_credentials(message.get("payload"))}
        try:
            return await self._admission.identify(socket.scope, headers)
        except NotAdmitted as refused:
            if refused.status == 401:
                raise Closed(4403, "Forbidden: the credential is missing or invalid") from None
            raise Closed(1013, "Try again later") from None


class _Operations:
    """The operations of one connection."""

    def __init__(
        self,
        socket: WebSocket,
        streams: Streams,
        account: Account,
        room: BodyMemory,
        viewer: Viewer,
        ids: RequestIds,
    ) -> None:
        self._socket = socket
        self._streams = streams
        self._account = account
        self._room = room
        self._viewer = viewer
        self._ids = ids
        self._running: dict[str, asyncio.Task[None]] = {}

    async def serve(self) -> None:
        """Handle messages until the connection ends, which raises an exception."""
        try:
            while True:
                message, size = await _received(self._socket, BODY_BYTES, self._account)
                if message["type"] == "subscribe":
                    await self._subscribe(message, size)
                elif message["type"] == "complete":
                    if task := self._running.pop(_id(message), None):
                        task.cancel()
                elif message["type"] == "connection_init":
                    raise Closed(4429, "Too many initialisation requests")
                else:
                    await _answer_ping(self._socket, message)
        finally:
            tasks = list(self._running.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _subscribe(self, message: Mapping[str, Any], size: int) -> None:
        name, payload = _id(message), message.get("payload")
        if not isinstance(payload, dict):
            raise Closed(4400, "Invalid message: subscribe needs a payload")
        if name in self._running:
            raise Closed(4409, "Subscriber for this id already exists")
        if len(self._running) >= OPERATIONS:
            text = f"This connection runs {OPERATIONS} operations, which is the limit."
            await self._refuse(name, "LIMIT_EXCEEDED", text)
            return
        try:
            self._account.take()
            request = read_content(payload)
            document = self._streams.document(request)
        except OverBudget as over:
            await self._refuse(name, "RATE_LIMITED", str(over))
            return
        except BadRequest as bad:
            await self._refuse(name, bad.code, str(bad))
            return
        self._running[name] = asyncio.create_task(self._run(name, size, document, request))

    async def _run(self, name: str, size: int, document: str, request: GraphQLRequest) -> None:
        """Send the results of an operation whose message had this size, then its completion."""
        task = asyncio.current_task()
        try:
            with self._room.hold(self._account.key) as take:
                take(size)
                outcomes = self._streams.run(
                    self._viewer, self._account, document, request, self._ids
                )
                async with aclosing(outcomes):
                    async for outcome in outcomes:
                        if outcome.refused:
                            self._forget(name, task)
                            errors = outcome.body["errors"]
                            await _send(self._socket, "error", id=name, payload=errors)
                            return
                        await _send(self._socket, "next", id=name, payload=outcome.body)
            self._forget(name, task)
            await _send(self._socket, "complete", id=name)
        except QueueFull as full:
            self._forget(name, task)
            await self._refuse(name, full.code, str(full))
        except WebSocketDisconnect:
            return
        except Exception as error:
            log.error("internal error", extra={**self._ids.log_fields, **where(error)})
            self._forget(name, task)
            await self._refuse(name, "INTERNAL", INTERNAL_MESSAGE)

    def _forget(self, name: str, task: asyncio.Task[Any] | None) -> None:
        """Free an id, unless another operation already uses it."""
        if self._running.get(name) is task:
            del self._running[name]

    async def _refuse(self, name: str, code: str, message: str) -> None:
        error = {"message": message, "extensions": {"code": code}}
        with suppress(WebSocketDisconnect):
            await _send(self._socket, "error", id=name, payload=[error])


async def _received(
    socket: WebSocket, limit: int, account: Account | None = None
) -> tuple[dict[str, Any], int]:
    """The next message, an object with a `type`, and its size, which is at most `limit` bytes; the account is
    charged for reading it. Raises `Closed` or `WebSocketDisconnect`."""
    received = await socket.receive()
    if received["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(received.get("code", 1005))
    text = (received.get("text") or "").encode()
    if len(text) > limit:
        raise Closed(1009, f"Invalid message: it exceeds {limit} bytes")
    try:
        if account is not None and len(text) > INIT_BYTES:
            account.check()
            account.charge(len(text) / BYTES_PER_UNIT)
        message = read_json(text, "it")
    except OverBudget:
        raise Closed(1013, "Try again later") from None
    except BadRequest as bad:
        raise Closed(4400, f"Invalid message: {bad}") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise Closed(4400, "Invalid message: send a JSON object with a type, as text")
    return message, len(text)


async def _send(socket: WebSocket, kind: str, **fields: Any) -> None:
    await socket.send_text(orjson.dumps({"type": kind, **fields}).decode())


async def _answer_ping(socket: WebSocket, message: Mapping[str, Any]) -> None:
    """Answer a ping; raises `Closed` for anything but a ping or a pong."""
    if message["type"] not in ("ping", "pong"):
        raise Closed(4400, "Invalid message: its type is unknown")
    if message["type"] == "ping":
        await _send(socket, "pong")


def _id(message: Mapping[str, Any]) -> str:
    name = message.get("id")
    if not isinstance(name, str) or not 0 < len(name) <= ID_CHARACTERS:
        raise Closed(4400, f"Invalid message: its id must have 1 to {ID_CHARACTERS} characters")
    return name


def _credentials(payload: Any) -> Mapping[str, str]:
    """The credentials in a `connection_init`; raises `Closed` if it is malformed."""
    if not isinstance(payload, dict | None):
        raise Closed(4400, "Invalid message: the payload of connection_init must be an object")
    found = {
        name.lower(): value
        for name, value in (payload or {}).items()
        if name.lower() in CREDENTIALS
    }
    if not all(isinstance(value, str) for value in found.values()):
        raise Closed(4400, "Invalid message: a credential must be a string")
    return found
