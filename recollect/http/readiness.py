"""/readyz: whether the API can serve requests."""

import asyncio
import time
from contextlib import suppress
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from analytics.warehouse.port import Warehouse, WarehouseError
from recollect.mirror_lag import Mirror
from stores.errors import StoreError
from stores.ports import Store

PATIENCE_SECONDS = 5.0
"""How long each part may take to respond."""
REMEMBERED_SECONDS = 1.0
"""How long its response is reused: anyone may ask, and each call is billed."""


class _Part:
    """A part that is checked once at a time, however many requests arrive."""

    def __init__(self, part: Store | Warehouse) -> None:
        self._part = part
        self._asking = asyncio.Lock()
        self._answer = ""
        self._until = 0.0

    async def answer(self) -> str:
        """Whether it can be reached, or could be a moment ago."""
        async with self._asking:
            if time.monotonic() >= self._until:
                self._answer = "unavailable"
                with suppress(StoreError, WarehouseError, TimeoutError):
                    async with asyncio.timeout(PATIENCE_SECONDS):
                        await self._part.ping()
                        self._answer = "ok"
                self._until = time.monotonic() + REMEMBERED_SECONDS
            return self._answer


class Readiness:
    """Answers /readyz: 503 unless store and warehouse can be reached.

    It also reports how far behind the mirror is, but a late mirror does not make the API unready.
    """

    def __init__(self, store: Store, warehouse: Warehouse, mirror: Mirror) -> None:
        """Use these parts, which stay open."""
        self._store = _Part(store)
        self._warehouse = _Part(warehouse)
        self._mirror = mirror

    async def get(self, request: Request) -> Response:
        """Check all parts at once."""
        store, warehouse, mirror = await asyncio.gather(
            self._store.answer(), self._warehouse.answer(), self._lag()
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
