"""The ASGI application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from analytics.ports import WarehouseError
from recollect.guests import GuestsEndpoint
from recollect.http.endpoint import GraphQLEndpoint
from recollect.http.middleware import EveryAnswer
from recollect.http.rate_limit import RateLimiter
from recollect.http.trusted_documents import load_trusted_documents
from recollect.identity import build_guest_tokens, load_id_key
from recollect.logs import hush_libraries
from recollect.services import Services, open_services
from recollect.settings import Settings
from recollect.sweeping import sweep_until
from schema import build_schema
from stores.ports import StoreError

EMBEDDED_EXPORT_SECONDS = 0.2
FAILURES_PER_MINUTE = 60
"""Wrong credentials from one network before it is told to wait."""


@asynccontextmanager
async def _upkeep(services: Services) -> AsyncIterator[None]:
    """Run the exporter and the sweeper beside the API, which alone may open the warehouse's file."""
    stop = asyncio.Event()
    await services.warehouse.init()
    exporting = services.exporter.run(stop, EMBEDDED_EXPORT_SECONDS)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(exporting)
        tasks.create_task(sweep_until(stop, services))
        try:
            yield
        finally:
            stop.set()


def build_app(settings: Settings) -> FastAPI:
    """The API: /graphql, /healthz, /readyz; on the embedded default it also exports and sweeps."""
    hush_libraries()
    schema = build_schema(explorable=settings.identity == "dev")
    per_minute = settings.requests_per_minute
    path = settings.trusted_documents
    trusted = None if path is None else load_trusted_documents(path.expanduser(), schema)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_services(settings) as services:
            app.state.services = services
            endpoint = GraphQLEndpoint(
                schema,
                services.authenticator,
                services.context,
                graphiql=settings.identity == "dev",
                origins=settings.cors_origins,
                trusted=trusted,
                limiter=RateLimiter(per_minute) if per_minute else None,
                failures=RateLimiter(FAILURES_PER_MINUTE),
            )
            app.router.routes.append(Route("/graphql", endpoint))
            if settings.guests:
                tokens = build_guest_tokens(settings, load_id_key(settings))
                guests = Route("/guests", GuestsEndpoint(tokens).post, methods=["POST"])
                app.router.routes.append(guests)
            if settings.warehouse == "duckdb":
                async with _upkeep(services):
                    yield
            else:
                yield

    app = FastAPI(title="Recollect", lifespan=lifespan, openapi_url=None)
    if settings.identity == "dev":
        # A web page must not reach the loopback API under a name of its own (DNS rebinding).
        hosts = {"127.0.0.1", "localhost", "[::1]", settings.host}
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=sorted(hosts), www_redirect=False)

    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_credentials=True,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "X-Request-Id", "Traceparent"],
            expose_headers=["X-Request-Id", "Retry-After"],
        )
    app.add_middleware(EveryAnswer, logged_path="/graphql")

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

    app.add_route("/healthz", healthz)
    app.add_route("/readyz", readyz)
    return app
