"""Serves the client's metrics on a port of their own."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prometheus_client import start_http_server

from client.answerers.failures import REGISTRY


@asynccontextmanager
async def metrics_served(_: object) -> AsyncIterator[None]:
    """Serve metrics at 127.0.0.1 while the app runs, if RECOLLECT_CLIENT_METRICS_PORT is set."""
    port = os.environ.get("RECOLLECT_CLIENT_METRICS_PORT")
    if not port:
        yield
        return
    server, thread = start_http_server(int(port), "127.0.0.1", REGISTRY)
    try:
        yield
    finally:
        await asyncio.to_thread(server.shutdown)
        server.server_close()
        thread.join()
