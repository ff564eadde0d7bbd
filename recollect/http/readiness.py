"""Whether the API can do its work, for whoever sends it requests."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from analytics.ports import Warehouse, WarehouseError
from recollect.mirror import Mirror
from stores.ports import Store, StoreError

PATIENCE_SECONDS = 5.0
"""How long each part has to answer."""


class Readiness:
    """Answers /readyz: 503 unless store and warehouse can be reached.

    It tells how far behind the mirror is too, but a mirror that is late keeps nobody from working.
    """

    def __init__(self, store: Store, warehouse: Warehouse, mirror: Mirror) -> None:
        """Use parts that stay open."""
        self._store = store
        self._warehouse = warehouse
        self._mirror = mirror

    async def get(self, request: Request) -> Response:
        """Ask all parts at once."""
        store, warehouse, mirror = await asyncio.gather(
            _answers(self._store.ping()), _answers(self._warehouse.ping()), self._lag()
        )
        body = {"store": store, "warehouse": warehouse, "mirror": mirror}
        ready = store == warehouse == "ok"
        return JSONResponse(body, status_code=200 if ready else 503)

    async def _lag(self) -> dict[str, Any]:
        lag: dict[str, Any] = {"status": "unknown"}
        with suppress(StoreError, TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                state = await self._mirror.state()
                status = "degraded" if state.degraded else "ok"
                lag = {"status": status, "lagSeconds": round(state.lag)}
        return lag


async def _answers(ping: Awaitable[None]) -> str:
    with suppress(StoreError, WarehouseError, TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            await ping
            return "ok"
    return "unavailable"
