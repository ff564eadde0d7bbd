"""A process's own metrics, for Prometheus. No label contains a user's name, id or text."""

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import cache, partial
from inspect import iscoroutinefunction
from typing import Any, TypeVar, cast

from graphql import GraphQLError
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from starlette.requests import Request
from starlette.responses import Response

from recollect.http.errors import outcome
from recollect.metrics.registry import BatchingRegistry

T = TypeVar("T")


class Metrics:
    """The metrics of one process. Each instance has counters of its own."""

    def __init__(self) -> None:
        """Start with all counters at zero."""
        self.registry = BatchingRegistry()
        ProcessCollector(registry=self.registry)
        requests = Histogram(
            "recollect_request_seconds",
            "Time until an HTTP request was answered, by route and status.",
            ("route", "status"),
            registry=self.registry,
        )
        operations = Histogram(
            "recollect_operation_seconds",
            "Time of a GraphQL operation, by kind and outcome: ok, refused for what the caller sent, "
            "unavailable, or failed.",
            ("kind", "outcome"),
            registry=self.registry,
        )
        self._events = Histogram(
            "recollect_event_seconds",
            "Time from a change to a subscription's event of it; what was changed before a subscriber "
            "came is not counted.",
            registry=self.registry,
        )
        self._calls = Histogram(
            "recollect_call_seconds",
            "Time of a call to the store or the warehouse, by outcome: ok, or the error raised.",
            ("part", "call", "outcome"),
            registry=self.registry,
        )
        # Looking up the child of some labels takes longer than counting.
        self._request = cache(requests.labels)
        self._operation = cache(operations.labels)

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count a response; `route` is one of a few values."""
        self.registry.observe(self._request(route, status), seconds)

    def operation(self, kind: str, errors: Sequence[GraphQLError], seconds: float) -> None:
        """Count a GraphQL operation, whatever its transport."""
        self.registry.observe(self._operation(kind, outcome(errors)), seconds)

    def event(self, seconds: float) -> None:
        """Count an event of a subscription."""
        self.registry.observe(self._events, max(0.0, seconds))

    def measured(self, part: T, name: str) -> T:
        """The same store or warehouse, with its calls counted."""
        return cast(T, _Measured(part, partial(self._calls.labels, name), self.registry))

    async def get(self, request: Request) -> Response:
        """All metrics in Prometheus' text format."""
        # In a thread, because a collector waits for this event loop.
        text = await asyncio.to_thread(generate_latest, self.registry)
        return Response(text, media_type=CONTENT_TYPE_LATEST)


class _Measured:
    """Forwards every attribute and times awaited calls."""

    def __init__(
        self, part: object, labels: Callable[[str, str], Histogram], registry: BatchingRegistry
    ) -> None:
        self._part = part
        self._labels = cache(labels)
        self._registry = registry

    def __getattr__(self, attribute: str) -> Any:
        found = getattr(self._part, attribute)
        if not iscoroutinefunction(found):
            return found

        async def call(*args: Any, **kwargs: Any) -> Any:
            began, ended = time.perf_counter(), "ok"
            try:
                return await found(*args, **kwargs)
            except BaseException as error:
                ended = type(error).__name__
                raise
            finally:
                seconds = time.perf_counter() - began
                self._registry.observe(self._labels(attribute, ended), seconds)

        setattr(self, attribute, call)
        return call
