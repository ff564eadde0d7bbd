"""Spans for HTTP requests."""

from opentelemetry.context import attach, detach
from opentelemetry.trace import SpanKind, StatusCode, Tracer
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recollect.http.middleware import route
from recollect.tracing.failures import noting_failure
from recollect.tracing.trace_context import TRACEPARENT, context_of, traceparent

PROBES = {"/healthz", "/readyz"}
METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}


class TracedRequests:
    """A span for every request, in the caller's trace if `traceparent` names one. It has the route, but
    neither the rest of the path, which can be secret, nor the query.

    A WebSocket has no span of its own, because it would end only with the connection; its operations have
    theirs. Probes, which come every few seconds, have none either.
    """

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self._app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] not in ("http", "websocket") or scope["path"] in PROBES:
            await self._app(scope, receive, send)
            return
        parent = context_of(Headers(scope=scope))
        if scope["type"] == "websocket":
            token = attach(parent)
            try:
                await self._app(scope, receive, send)
            finally:
                detach(token)
            return
        method = scope["method"] if scope["method"] in METHODS else "_OTHER"
        with (
            self._tracer.start_as_current_span(
                method,
                context=parent,
                kind=SpanKind.SERVER,
                attributes={"http.request.method": method, "url.scheme": scope["scheme"]},
                record_exception=False,
                set_status_on_exception=False,
            ) as span,
            noting_failure(span),
        ):

            async def noting_status(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= 500:
                        span.set_status(StatusCode.ERROR)
                await send(message)

            # Code that reads the header from here on, to log it, names this span.
            inner = {**scope, "headers": list(scope["headers"])}
            MutableHeaders(scope=inner)[TRACEPARENT] = traceparent() or ""
            try:
                await self._app(inner, receive, noting_status)
            finally:
                span.update_name(f"{method} {route(inner)}")
                span.set_attribute("http.route", route(inner))
