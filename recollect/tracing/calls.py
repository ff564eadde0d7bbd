"""Spans for the calls of a store or a warehouse."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from inspect import iscoroutinefunction
from typing import Any

from opentelemetry.trace import SpanKind, Tracer, get_current_span

from recollect.tracing.failures import noting_failure
from recollect.tracing.trace_context import traceparent
from stores.keys import Key
from stores.mirror_records import ExportMark
from stores.ports import Committed, Create, Plan, Store, Write
from stores.records import Record


class TracedCalls:
    """Forwards every attribute. An awaited call within a span gets a span of its own, which states the name
    of the call and how much was given and returned, but not the content."""

    def __init__(self, part: Any, name: str, system: str, tracer: Tracer) -> None:
        self._part = part
        self._name = name
        self._system = system
        self._tracer = tracer

    def __getattr__(self, attribute: str) -> Any:
        found = getattr(self._part, attribute)
        if not iscoroutinefunction(found):
            return found
        call = self._traced(attribute)
        setattr(self, attribute, call)
        return call

    def _traced(self, attribute: str) -> Callable[..., Awaitable[Any]]:
        found = getattr(self._part, attribute)
        about = {"db.system.name": self._system, "db.operation.name": attribute}

        async def call(*args: Any, **kwargs: Any) -> Any:
            # Polling, and waiting for changes, happen outside all spans.
            if not get_current_span().is_recording():
                return await found(*args, **kwargs)
            with (
                self._tracer.start_as_current_span(
                    f"{self._name} {attribute}",
                    kind=SpanKind.CLIENT,
                    attributes=about,
                    record_exception=False,
                    set_status_on_exception=False,
                ) as span,
                noting_failure(span),
            ):
                if given := [len(each) for each in args if isinstance(each, list | tuple)]:
                    span.set_attribute("db.operation.batch.size", sum(given))
                returned = await found(*args, **kwargs)
                if isinstance(returned, list | tuple):
                    span.set_attribute("db.response.returned_rows", len(returned))
                return returned

        return call


class TracedStore(TracedCalls):
    """A store whose export marks remember the span in which they are written."""

    def __init__(self, store: Store, system: str, tracer: Tracer) -> None:
        super().__init__(store, "store", system, tracer)
        self._commit = self._traced("commit")
        self._transact = self._traced("transact")

    async def commit(self, writes: Sequence[Write]) -> Committed:
        """See `Store.commit`."""
        committed: Committed = await self._commit(_remembering(writes, _written_in()))
        return committed

    async def transact(self, keys: Sequence[Key[Record]], plan: Plan) -> Committed:
        """See `Store.transact`."""
        # The plan may be called in a thread that has no current span.
        trace = _written_in()
        committed: Committed = await self._transact(
            keys, lambda snapshot: _remembering(plan(snapshot), trace)
        )
        return committed


def _written_in() -> str | None:
    """The current span, if it is recorded."""
    return traceparent() if get_current_span().is_recording() else None


def _remembering(writes: Sequence[Write], trace: str | None) -> Sequence[Write]:
    if trace is None:
        return writes
    return [
        replace(write, record=write.record.model_copy(update={"trace": trace}))
        if isinstance(write, Create) and isinstance(write.record, ExportMark)
        else write
        for write in writes
    ]
