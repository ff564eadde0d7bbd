"""Tracing switched off: the default for everything that is built. It wraps nothing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TypeAlias, TypeVar

from starlette.types import ASGIApp

from schema import Schema
from stores.mirror_records import ExportMark
from stores.ports import Store

T = TypeVar("T")

Counts: TypeAlias = Callable[[Mapping[str, int]], None]
"""Called with what a job did, by kind."""


class Tracing:
    """Where spans begin. Each process has one."""

    def requests(self, app: ASGIApp) -> ASGIApp:
        """The same application, with a span for every HTTP request."""
        return app

    def operations(self, schema: Schema) -> Schema:
        """The same schema, with a span for every operation."""
        return schema

    def store(self, store: Store, system: str) -> Store:
        """The same store, with a span for every call within another span. Marks remember the span in which
        they are written. `system` names the database."""
        return store

    def warehouse(self, warehouse: T, system: str) -> T:
        """The same warehouse, with a span for every call within another span."""
        return warehouse

    def export(self, marks: Sequence[ExportMark]) -> AbstractContextManager[object]:
        """A span around the export of some marks, linked to the spans that wrote them."""
        return nullcontext()

    @contextmanager
    def job(self, name: str) -> Iterator[Counts]:
        """A span around a job that runs by itself; yields a function to call with what it did."""
        yield lambda done: None

    async def close(self) -> None:
        """Send the spans that are still waiting."""
