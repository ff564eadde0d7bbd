"""The ASGI application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from analytics.ports import WarehouseError
from recollect.http.endpoint import GraphQLEndpoint
from recollect.services import Services, open_services
from recollect.settings import Settings
from schema import build_schema
from stores.ports import StoreError

EMBEDDED_EXPORT_SECONDS = 0.2


@asynccontextmanager
async def _exporting(services: Services) -> AsyncIterator[None]:
    """Run the exporter beside the API, which alone may open the warehouse's file."""
    stop = asyncio.Event()
    await services.warehouse.init()
    task = asyncio.create_task(services.exporter.run(stop, EMBEDDED_EXPORT_SECONDS))
    try:
        yield
    finally:
        stop.set()
        await task


def build_app(settings: Settings) -> FastAPI:
    """The API: /graphql, /healthz, /readyz; on the embedded default it also exports."""
    schema = build_schema()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_services(settings) as services:
            app.state.services = services
            app.state.endpoint = GraphQLEndpoint(
                schema,
                services.authenticator,
                services.context,
                graphiql=settings.identity == "dev",
            )
            if settings.warehouse == "duckdb":
                async with _exporting(services):
                    yield
            else:
                yield

    app = FastAPI(title="Recollect", lifespan=lifespan, openapi_url=None)
    if settings.identity == "dev":
        # A web page must not reach the loopback API under a name of its own (DNS rebinding).
        hosts = {"127.0.0.1", "localhost", "[::1]", settings.host}
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=sorted(hosts), www_redirect=False)

    async def graphql(request: Request) -> Response:
        endpoint: GraphQLEndpoint = app.state.endpoint
        return await (endpoint.post(request) if request.method == "POST" else endpoint.get(request))

    async def healthz(request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(request: Request) -> Response:
        services: Services = app.state.services
        state = {}
        for name, part in (("store", services.store), ("warehouse", services.warehouse)):
            state[name] = "unavailable"
            with suppress(StoreError, WarehouseError, TimeoutError):
                async with asyncio.timeout(5):
                    await part.ping()
                    state[name] = "ok"
        ready = set(state.values()) == {"ok"}
        return JSONResponse(state, status_code=200 if ready else 503)

    app.add_route("/graphql", graphql, methods=["GET", "POST"])
    app.add_route("/healthz", healthz)
    app.add_route("/readyz", readyz)
    return app
