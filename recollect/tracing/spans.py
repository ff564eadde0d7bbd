"""Traces by OpenTelemetry, sent by OTLP over HTTP.

Spans describe operations, calls, counts and outcomes. They hold no text, key, address or id of a user, and
only the type of an error. Attributes have the names of OpenTelemetry's semantic conventions where there is
one (https://opentelemetry.io/docs/specs/semconv/).
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TypeVar, cast

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import Link, SpanKind, get_current_span
from starlette.types import ASGIApp

from recollect.tracing.calls import TracedCalls, TracedStore
from recollect.tracing.failures import noting_failure
from recollect.tracing.noop import Counts, Tracing
from recollect.tracing.operations import TracedSchema
from recollect.tracing.requests import TracedRequests
from recollect.tracing.trace_context import TRACEPARENT, context_of
from schema import Schema
from stores.mirror_records import ExportMark
from stores.ports import Store

T = TypeVar("T")

SCOPE = "recollect"


class OpenTelemetry(Tracing):
    """The spans of one process. The SDK reads from the environment where to send them and which to sample.

    The provider is not OpenTelemetry's global one: libraries that trace by themselves, such as Google's,
    would add attributes that nobody here has reviewed.
    """

    def __init__(self, service: str) -> None:
        resource = Resource({"service.name": service}).merge(OTELResourceDetector().detect())
        self._processor = BatchSpanProcessor(OTLPSpanExporter())
        self._provider = TracerProvider(resource=resource)
        self._provider.add_span_processor(self._processor)
        # Exports belong to operations that were sampled already: no sampler decides again.
        linked = TracerProvider(sampler=ALWAYS_ON, resource=resource, shutdown_on_exit=False)
        linked.add_span_processor(self._processor)
        self._tracer = self._provider.get_tracer(SCOPE)
        self._linked = linked.get_tracer(SCOPE)

    def requests(self, app: ASGIApp) -> ASGIApp:
        """See `Tracing.requests`."""
        return TracedRequests(app, self._tracer)

    def operations(self, schema: Schema) -> Schema:
        """See `Tracing.operations`."""
        return cast("Schema", TracedSchema(schema, self._tracer))

    def store(self, store: Store, system: str) -> Store:
        """See `Tracing.store`."""
        return cast("Store", TracedStore(store, system, self._tracer))

    def warehouse(self, warehouse: T, system: str) -> T:
        """See `Tracing.warehouse`."""
        return cast("T", TracedCalls(warehouse, "warehouse", system, self._tracer))

    def export(self, marks: Sequence[ExportMark]) -> AbstractContextManager[object]:
        """See `Tracing.export`. There is none if no write of these marks was traced."""
        parents = dict.fromkeys(mark.trace for mark in marks if mark.trace)
        contexts = [get_current_span(context_of({TRACEPARENT: each})) for each in parents]
        links = [Link(span.get_span_context()) for span in contexts]
        return self._export(len(marks), links) if links else nullcontext()

    @contextmanager
    def _export(self, marks: int, links: Sequence[Link]) -> Iterator[None]:
        with (
            self._linked.start_as_current_span(
                "export",
                context=Context(),
                kind=SpanKind.CONSUMER,
                links=links,
                attributes={"messaging.batch.message_count": marks},
                record_exception=False,
                set_status_on_exception=False,
            ) as span,
            noting_failure(span),
        ):
            yield

    @contextmanager
    def job(self, name: str) -> Iterator[Counts]:
        """See `Tracing.job`. Its calls have no spans: a job makes as many calls as there are users."""
        span = self._tracer.start_span(name, context=Context())

        def count(done: Mapping[str, int]) -> None:
            span.set_attributes({f"recollect.done.{kind}": number for kind, number in done.items()})

        try:
            with noting_failure(span):
                yield count
        finally:
            span.end()

    async def close(self) -> None:
        """See `Tracing.close`."""
        await asyncio.to_thread(self._provider.shutdown)
