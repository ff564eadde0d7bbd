"""Counts what Firestore bills: documents read, written and deleted.

https://cloud.google.com/firestore/pricing: each document requested by name is a read, whether or not it
exists; a query reads its results, but at least one document; an aggregation is a read for each 1,000
entries; a listener reads each document that enters its result or changes in it.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import grpc  # type: ignore[import-untyped]

from tests.counting import Continuation, Streaming, Unary, firestore_rpcs


@dataclass
class Billed:
    """The operations billed so far."""

    reads: int = 0
    writes: int = 0
    deletes: int = 0
    under_way: int = 0
    """The number of requests that are not answered yet, except listeners."""

    def __sub__(self, earlier: "Billed") -> "Billed":
        return Billed(
            self.reads - earlier.reads, self.writes - earlier.writes, self.deletes - earlier.deletes
        )

    def copy(self) -> "Billed":
        return Billed(self.reads, self.writes, self.deletes)

    async def unary(self, continuation: Continuation, details: Any, request: Any) -> Any:
        for write in getattr(request, "writes", ()):
            if write._pb.WhichOneof("operation") == "delete":
                self.deletes += 1
            else:
                self.writes += 1
        self.under_way += 1
        try:
            return await continuation(details, request)
        finally:
            self.under_way -= 1

    async def stream(self, continuation: Continuation, details: Any, request: Any) -> Any:
        method = details.method.decode().rpartition("/")[2]
        call = await continuation(details, request)
        if method == "BatchGetDocuments":
            self.reads += len(request.documents)
        return self._counted(method, call)

    async def _counted(self, method: str, call: Any) -> AsyncIterator[Any]:
        found = 0
        self.under_way += 1
        try:
            async for response in call:
                if method == "RunAggregationQuery":
                    for value in response.result.aggregate_fields.values():
                        self.reads += max(1, math.ceil(value.integer_value / 1000)) - 1
                elif method == "RunQuery":
                    found += bool(response.document.name)
                yield response
        finally:
            self.under_way -= 1
        if method != "BatchGetDocuments":
            self.reads += max(1, found)

    async def rest(self) -> None:
        """Wait until all requests are answered and no more have been sent for a while."""
        rounds = 0
        while rounds < 75:
            before = self.reads
            await asyncio.sleep(0.02)
            rounds = rounds + 1 if not self.under_way and self.reads == before else 0


class Listening(grpc.aio.StreamStreamClientInterceptor):  # type: ignore[misc]
    """Counts the documents that are sent to listeners."""

    def __init__(self, billed: Billed) -> None:
        self._billed = billed

    async def intercept_stream_stream(
        self, continuation: Continuation, client_call_details: Any, request_iterator: Any
    ) -> Any:
        call = await continuation(client_call_details, request_iterator)
        return self._counted(call) if client_call_details.method.endswith(b"/Listen") else call

    async def _counted(self, call: Any) -> AsyncIterator[Any]:
        async for response in call:
            self._billed.reads += "document_change" in response
            yield response


@contextmanager
def firestore_billing() -> Iterator[Billed]:
    """Count for every FirestoreStore whose first request falls within the block."""
    billed = Billed()
    further: list[Any] = [Unary(billed.unary), Streaming(billed.stream), Listening(billed)]
    with firestore_rpcs(*further):
        yield billed
