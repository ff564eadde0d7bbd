"""Spans for GraphQL operations, over any transport."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from typing import Any

from opentelemetry.trace import Span, StatusCode, Tracer, use_span
from strawberry.types import ExecutionResult

from recollect.http.errors import outcome
from recollect.tracing.failures import noting_failure
from schema import Schema

NAME_CHARACTERS = 80
"""The most characters of an operation's name that a span shows."""


class TracedSchema:
    """Runs operations like the schema, each in a span with its type and name, without text or variables. The
    span of a subscription ends with the subscription.
    """

    def __init__(self, schema: Schema, tracer: Tracer) -> None:
        self._schema = schema
        self._tracer = tracer

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self._schema, attribute)

    async def execute(self, query: str | None, *args: Any, **kwargs: Any) -> ExecutionResult:
        """See `Schema.execute`."""
        span = self._begin(query, kwargs.get("operation_name"))
        try:
            with _within(span):
                result = await self._schema.execute(query, *args, **kwargs)
            _note(span, result)
            return result
        finally:
            span.end()

    async def outcomes(
        self, query: str, *args: Any, **kwargs: Any
    ) -> AsyncGenerator[ExecutionResult, None]:
        """See `Schema.outcomes`."""
        span = self._begin(query, kwargs.get("operation_name"))
        try:
            async with aclosing(self._schema.outcomes(query, *args, **kwargs)) as results:
                while True:
                    # Work done with a result is not part of the operation.
                    with _within(span):
                        result = await anext(results, None)
                    if result is None:
                        return
                    _note(span, result)
                    yield result
        finally:
            span.end()

    def _begin(self, query: str | None, name: str | None) -> Span:
        found = self._schema.operation(query or "", name)
        if found is None:
            return self._tracer.start_span("GraphQL Operation")
        kind, named = (
            found.operation.value,
            found.name.value[:NAME_CHARACTERS] if found.name else "",
        )
        about = {"graphql.operation.type": kind, "graphql.operation.name": named}
        return self._tracer.start_span(f"{kind} {named}".strip(), attributes=about)


@contextmanager
def _within(span: Span) -> Iterator[None]:
    with (
        use_span(span, record_exception=False, set_status_on_exception=False),
        noting_failure(span),
    ):
        yield


def _note(span: Span, result: ExecutionResult) -> None:
    became = outcome(result.errors or ())
    span.set_attribute("recollect.outcome", became)
    if became in ("unavailable", "failed"):
        span.set_status(StatusCode.ERROR)
