"""The context of a span in W3C's form, as requests and export marks carry it
(https://www.w3.org/TR/trace-context/#traceparent-header)."""

from collections.abc import Mapping

from opentelemetry.context import Context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

TRACEPARENT = "traceparent"

_propagator = TraceContextTextMapPropagator()


def context_of(carrier: Mapping[str, str]) -> Context:
    """The context that a carrier names, or an empty one."""
    return _propagator.extract(carrier, Context())


def traceparent() -> str | None:
    """The current span in W3C's form."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get(TRACEPARENT)
