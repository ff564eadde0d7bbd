"""Traces, for installations that ask for them with OpenTelemetry's own environment variables."""

from recollect.tracing.noop import Counts, Tracing
from recollect.tracing.setup import load_tracing

__all__ = ["Counts", "Tracing", "load_tracing"]
