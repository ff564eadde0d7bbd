"""A served API and callers of its subscriptions, over WebSocket and as server-sent events."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
import uvicorn
import websockets
from websockets.asyncio.client import ClientConnection, connect

from recollect.app import build_app
from recollect.http.requests import BODY_BYTES
from recollect.settings.settings import Settings
from tests.integration.conftest import ANNA, Api

PATIENCE_SECONDS = 60.0
DEV_USER = "X-Recollect-Dev-User"

SESSION_CHANGES = """
subscription ($after: String) { sessionChanges(after: $after) {
  kind cursor sessionId deletedSessionId changedAt
  session { id title deletedAt conversationCount temporary } } }
"""
CONVERSATION_CHANGES = """
subscription ($id: ID!, $after: String) { conversationChanges(sessionId: $id, after: $after) {
  kind cursor conversationId deletedConversationId changedAt conversation {
    id query response answerState partialResponse feedback { score } } } }
"""


@dataclass
class Served(Api):
    """A running API that listens on a port."""

    port: int = 0

    @asynccontextmanager
    async def socket(
        self, user: str | None = ANNA, payload: Any = None, **options: Any
    ) -> AsyncIterator["Socket"]:
        """A WebSocket connection, initialised."""
        headers = {} if user is None else {DEV_USER: user}
        async with self.raw(headers, **options) as raw:
            opened = Socket(raw)
            await opened.send(type="connection_init", payload=payload)
            assert await opened.receive() == {"type": "connection_ack"}
            yield opened

    def raw(self, headers: Mapping[str, str] | None = None, **options: Any) -> connect:
        """A WebSocket connection that is not initialised."""
        given: dict[str, Any] = {"subprotocols": ["graphql-transport-ws"], **options}
        return connect(
            f"ws://127.0.0.1:{self.port}/graphql", additional_headers=headers or {}, **given
        )

    @asynccontextmanager
    async def events(
        self,
        document: str,
        user: str = ANNA,
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
        **variables: Any,
    ) -> AsyncIterator["Events"]:
        """The server-sent events of an operation."""
        request: dict[str, Any] = {"json": {"query": document, "variables": variables}}
        if method == "GET":
            text = orjson.dumps(variables).decode()
            request = {"params": {"query": document, "variables": text}}
        async with self.http.stream(
            method,
            "/graphql",
            headers={DEV_USER: user, "Accept": "text/event-stream", **(headers or {})},
            timeout=PATIENCE_SECONDS,
            **request,
        ) as response:
            yield Events(response)


class Socket:
    """One end of a connection that speaks graphql-transport-ws."""

    def __init__(self, raw: ClientConnection) -> None:
        self.raw = raw

    async def send(self, **message: Any) -> None:
        await self.raw.send(orjson.dumps(message).decode())

    async def receive(self) -> Any:
        """The next message."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return orjson.loads(await self.raw.recv())

    async def subscribe(self, document: str, name: str = "1", **variables: Any) -> None:
        payload = {"query": document, "variables": variables}
        await self.send(type="subscribe", id=name, payload=payload)

    async def change(self) -> Any:
        """The change that the next message reports."""
        message = await self.receive()
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        (change,) = message["payload"]["data"].values()
        return change

    async def begin(self, document: str, name: str = "1", **variables: Any) -> str:
        """Subscribe to changes from now on; returns the current cursor."""
        await self.subscribe(document, name, **variables)
        begun = await self.change()
        assert begun["kind"] == "BEGUN"
        cursor: str = begun["cursor"]
        return cursor

    async def closed(self) -> tuple[int, str]:
        """The code and the reason with which the server closes; earlier messages are skipped."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            with suppress(websockets.ConnectionClosed):
                while True:
                    await self.raw.recv()
        return self.raw.close_code or 1006, self.raw.close_reason or ""


class Events:
    """The events of one answer."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()
        self.last_id = ""

    async def next(self) -> tuple[str, Any]:
        """The name and the data of the next event."""
        name, data = "", None
        async with asyncio.timeout(PATIENCE_SECONDS):
            async for line in self._lines:
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("id: "):
                    self.last_id = line.removeprefix("id: ")
                elif line.startswith("data: ") and line != "data: ":
                    data = orjson.loads(line.removeprefix("data: "))
                elif not line and name:
                    return name, data
        return "", None

    async def change(self) -> Any:
        """The change that the next event reports."""
        name, data = await self.next()
        assert name == "next", (name, data)
        assert "errors" not in data, data
        (change,) = data["data"].values()
        return change


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[Served]:
    """The API on a port of its own, in this event loop."""
    app = build_app(settings)
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    config = uvicorn.Config(
        app, lifespan="off", log_config=None, ws_max_size=BODY_BYTES, timeout_graceful_shutdown=5
    )
    server = uvicorn.Server(config)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        serving = asyncio.create_task(server._serve([listening]))
        try:
            client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60)
            yield Served(app, await stack.enter_async_context(client), port=port)
        finally:
            app.state.connections.close()
            server.should_exit = True
            await serving
