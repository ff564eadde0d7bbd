"""Traces, for installations that ask for them with OpenTelemetry's own environment variables."""

from recollect.tracing.off import Counts, Tracing
from recollect.tracing.switch import load_tracing

__all__ = ["Counts", "Tracing", "load_tracing"]
