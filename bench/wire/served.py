"""Serves a pair through a socket, with the bare routes beside the API."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from bench.pairs import Pair
from recollect.commands.memory import frozen_heap
from recollect.commands.serve import TURN_SECONDS, configured, listening

HOST = "127.0.0.1"


@asynccontextmanager
async def served(pair: Pair, limit: ASGIApp) -> AsyncIterator[int]:
    """The port on which the API and, below /limit, the bare routes answer until the block ends."""

    async def both(scope: Scope, receive: Receive, send: Send) -> None:
        bare = scope["type"] == "http" and scope["path"].startswith("/limit/")
        await (limit if bare else pair.api.app)(scope, receive, send)

    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN_SECONDS)
    sockets = listening(HOST, 0)
    server = uvicorn.Server(configured(both))
    serving = asyncio.create_task(server.serve(sockets))
    try:
        with frozen_heap():
            yield _port(sockets)
    finally:
        server.should_exit = True
        await serving
        sys.setswitchinterval(before)


def _port(sockets: list[socket.socket]) -> int:
    port: int = sockets[0].getsockname()[1]
    return port
