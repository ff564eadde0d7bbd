"""A receiver for OpenTelemetry's protocol in this process: OTLP over HTTP, with protobuf."""

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Message


@dataclass(frozen=True)
class Span:
    """A received span."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: Mapping[str, str | int]
    links: frozenset[tuple[str, str]]
    """The trace id and span id of each link."""
    failed: bool
    message: str
    """The message of a failure."""


@dataclass
class Receiver:
    """The traces received so far."""

    endpoint: str = ""
    bodies: list[bytes] = field(default_factory=list)

    def spans(self, name: str | None = None) -> list[Span]:
        """All spans, or those with a name, in the order in which they ended."""
        found = [
            _span(_values(group.resource.attributes)["service.name"], span)
            for body in self.bodies
            for group in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in group.scope_spans
            for span in scope.spans
        ]
        return [span for span in found if name in (None, span.name)]

    def one(self, name: str) -> Span:
        """The only span with a name."""
        (span,) = self.spans(name)
        return span

    def below(self, parent: Span) -> list[str]:
        """The names of a span's children."""
        return [span.name for span in self.spans() if span.parent_id == parent.span_id]

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that make a process send its traces here."""
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": self.endpoint}


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Receive until the block ends."""
    received = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.path == "/v1/traces"
            assert self.headers["Content-Type"] == "application/x-protobuf"
            received.bodies.append(body)
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    received.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _span(service: str | int, span: Message) -> Span:
    return Span(
        str(service),
        span.name,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        _values(span.attributes),
        frozenset((link.trace_id.hex(), link.span_id.hex()) for link in span.links),
        span.status.code == span.status.STATUS_CODE_ERROR,
        span.status.message,
    )


def _values(pairs: Iterable[KeyValue]) -> dict[str, str | int]:
    found: dict[str, str | int] = {}
    for pair in pairs:
        kind = pair.value.WhichOneof("value")
        assert kind in ("string_value", "int_value"), pair
        found[pair.key] = getattr(pair.value, kind)
    return found
