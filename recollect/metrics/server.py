"""Serves /metrics on a port of its own, away from the API's callers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prometheus_client import start_http_server

from recollect.metrics.process import Metrics
from recollect.settings.errors import SettingsError
from recollect.settings.settings import Settings


@asynccontextmanager
async def metrics_served(settings: Settings, metrics: Metrics) -> AsyncIterator[None]:
    """Serve the metrics while the block runs, if RECOLLECT_METRICS_PORT is set.

    Raises `SettingsError` if it can't listen.
    """
    if settings.metrics_port is None:
        yield
        return
    try:
        server, thread = start_http_server(
            settings.metrics_port, settings.metrics_host, metrics.registry
        )
    except OSError as error:
        raise SettingsError(
            [
                f"RECOLLECT_METRICS_PORT: can't listen on port {settings.metrics_port} of "
                f"{settings.metrics_host} ({error.strerror}); every process needs one of its own"
            ]
        ) from None
    try:
        yield
    finally:
        await asyncio.to_thread(server.shutdown)
        server.server_close()
        thread.join()
