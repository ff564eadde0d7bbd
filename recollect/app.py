"""The ASGI application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp

from recollect.http import graphiql
from recollect.http.admission import Admission
from recollect.http.bans import Bans
from recollect.http.body_memory import BodyMemory
from recollect.http.budgets import Budgets
from recollect.http.connections import Connections
from recollect.http.direct_route import DirectRoute
from recollect.http.downloads import Downloads
from recollect.http.endpoint import GraphQLEndpoint
from recollect.http.guests import GuestsEndpoint
from recollect.http.layers import LayeredApp
from recollect.http.middleware import ResponseMiddleware, internal_error
from recollect.http.negotiation import accepts_html
from recollect.http.operation_queue import OperationQueue
from recollect.http.rate_limit import RateLimiter
from recollect.http.readiness import Readiness
from recollect.http.request_scheduler import RequestScheduler
from recollect.http.streams import Streams
from recollect.http.trusted_documents import load_trusted_documents
from recollect.http.trusted_hosts import TrustedHosts
from recollect.http.unsubscribe import Unsubscribe
from recollect.http.uploads import Imports
from recollect.http.websocket import WebSocketEndpoint
from recollect.identity import build_guest_tokens, load_id_key
from recollect.logs import quiet_libraries
from recollect.metrics.mails import MailCollector
from recollect.metrics.mirror import MirrorCollector
from recollect.metrics.process import Metrics
from recollect.metrics.server import metrics_served
from recollect.notifier import notify_until
from recollect.services import Services, open_services
from recollect.settings.settings import Settings
from recollect.sweeper import sweep_until
from recollect.tracing import load_tracing
from resolvers.notifications.unsubscribe import UNSUBSCRIBE
from resolvers.transfer.exporting.links import DOWNLOADS
from schema import build_schema

MEGABYTE = 1_000_000
FAILURES_PER_MINUTE = 60
"""Wrong credentials per minute from one network before it has to wait."""


@asynccontextmanager
async def _upkeep(services: Services) -> AsyncIterator[None]:
    """Run the exporter and the sweeper in the API's process, because only one process can open the
    warehouse's file."""
    stop = asyncio.Event()
    await services.warehouse.init()
    await services.warehouse.init_analysts()
    exporting = services.exporter.run(stop)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(exporting)
        sweeping = tasks.create_task(sweep_until(stop, services))
        notifying = tasks.create_task(notify_until(stop, services))
        try:
            yield
        finally:
            stop.set()
            # It can take minutes, and continues next time where it stopped.
            sweeping.cancel()
            notifying.cancel()


def build_app(settings: Settings) -> FastAPI:
    """The API: /graphql, /imports, /downloads, /healthz and /readyz, and /metrics for developers.
    On the embedded default it also exports and sweeps."""
    quiet_libraries()
    metrics, tracing = Metrics(), load_tracing("recollect-api")
    schema = tracing.operations(
        build_schema(explorable=settings.identity == "dev", observe=metrics.operation)
    )
    bans = Bans(settings.max_ban_minutes * 60)
    path = settings.trusted_documents
    trusted = None if path is None else load_trusted_documents(path.expanduser(), schema)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_services(settings, metrics, tracing) as services:
            await services.authenticator.prepare()
            app.state.services = services
            app.state.connections = connections = Connections()
            exporting = services.progress if settings.warehouse == "duckdb" else None
            metrics.registry.register(MirrorCollector(services.mirror, exporting))
            if services.post is not None:
                metrics.registry.register(MailCollector(services.store))
            readiness = Readiness(services.store, services.warehouse, services.mirror)
            app.router.routes.append(Route("/readyz", readiness.get))
            if settings.identity == "dev":
                app.router.routes.append(Route("/metrics", metrics.get))
                app.router.routes.append(Route(f"{graphiql.PATH}{{name}}", graphiql.asset))
            budgets = Budgets(
                settings.requests_per_minute, settings.cost_per_minute, settings.seconds_per_minute
            )
            admission = Admission(
                services.authenticator,
                origins=settings.cors_origins,
                budgets=budgets,
                failures=RateLimiter(FAILURES_PER_MINUTE),
                bans=bans,
            )
            queue, room = OperationQueue(), BodyMemory()
            streams = Streams(schema, services.context, trusted, queue, metrics.event)
            endpoint = GraphQLEndpoint(
                schema,
                admission,
                services.context,
                streams,
                connections,
                queue,
                room,
                graphiql=settings.identity == "dev",
            )
            app.router.routes.append(Route("/graphql", endpoint))
            graphql.serve(endpoint)
            websocket = WebSocketEndpoint(streams, admission, connections, room)
            app.router.routes.append(WebSocketRoute("/graphql", websocket))
            largest = settings.max_import_mb * MEGABYTE
            imports = Imports(admission, services.context, largest, room)
            app.router.routes.append(Route("/imports", imports.post, methods=["POST"]))
            downloads = Downloads(services.context, services.digests, budgets)
            app.router.routes.append(Route(f"{DOWNLOADS}{{link}}", downloads.get))
            leaving = Unsubscribe(services.context, services.digests, settings.client_reachable_at)
            app.router.routes.append(
                Route(f"{UNSUBSCRIBE}{{link}}", leaving.handle, methods=["GET", "POST"])
            )
            if settings.guests:
                tokens = build_guest_tokens(settings, load_id_key(settings))
                guests = Route("/guests", GuestsEndpoint(tokens).post, methods=["POST"])
                app.router.routes.append(guests)
            with closing(connections):
                async with metrics_served(settings, metrics):
                    if settings.warehouse == "duckdb":
                        async with _upkeep(services):
                            yield
                    else:
                        yield

    graphql = DirectRoute("/graphql")

    def layers(app: ASGIApp) -> ASGIApp:
        """What every request passes, here from the inside out."""
        app = graphql.before(app)
        app = RequestScheduler(app, exempt=frozenset({"/healthz"}), bans=bans)
        if settings.identity == "dev":
            # Another site must not reach the loopback API through a host name of its own (DNS
            # rebinding).
            app = TrustedHosts(app, {"127.0.0.1", "localhost", "[::1]", settings.host})
        if settings.cors_origins:
            app = CORSMiddleware(
                app,
                allow_origins=settings.cors_origins,
                allow_credentials=True,
                allow_methods=["GET", "POST"],
                allow_headers=["Authorization", "Last-Event-ID", *settings.cors_headers],
                expose_headers=["X-Request-Id", "Retry-After"],
            )
        app = ResponseMiddleware(app, logged_path="/graphql", observe=metrics.request)
        return tracing.requests(app)

    app = LayeredApp(
        layers,
        title="Recollect",
        lifespan=lifespan,
        openapi_url=None,
        exception_handlers={Exception: internal_error},
        # Its own spans would contain the whole path and query: secret links, and documents.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )

    async def healthz(request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def root(request: Request) -> Response:
        if settings.identity == "dev" and accepts_html(request.headers.get("accept", "")):
            return RedirectResponse("/graphql")
        return JSONResponse({"service": "recollect", "graphql": "/graphql"})

    app.add_route("/", root)
    app.add_route("/healthz", healthz)
    return app
