"""Appends rows to BigQuery through the Storage Write API."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import grpc  # type: ignore[import-untyped]
from google.api_core import exceptions
from google.api_core.retry import AsyncRetry, if_exception_type
from google.cloud.bigquery_storage_v1.services.big_query_write import BigQueryWriteAsyncClient
from google.cloud.bigquery_storage_v1.services.big_query_write.transports import (
    BigQueryWriteGrpcAsyncIOTransport,
)
from google.cloud.bigquery_storage_v1.types import (
    AppendRowsRequest,
    AppendRowsResponse,
    ProtoRows,
    ProtoSchema,
)
from google.protobuf.descriptor_pb2 import DescriptorProto
from google.protobuf.message import EncodeError, Message

from analytics.warehouse.bigquery import rows_pb2
from analytics.warehouse.port import RowsRefused
from analytics.warehouse.rows import ConversationRow, PreferencesRow, Row, SessionRow

REQUEST_BYTES = 1_500_000
"""Rows are sent in requests of about this size, several in flight. BigQuery accepts up to 20 MB."""

_MESSAGES: Mapping[type[Row], type[Message]] = {
    SessionRow: rows_pb2.SessionRow,
    ConversationRow: rows_pb2.ConversationRow,
    PreferencesRow: rows_pb2.PreferencesRow,
}
_TRANSIENT = if_exception_type(
    exceptions.ServiceUnavailable,
    exceptions.Aborted,
    exceptions.InternalServerError,
    exceptions.Cancelled,
    exceptions.DeadlineExceeded,
    exceptions.ResourceExhausted,
)


class Appender:
    """Appends to the tables of one dataset, through the default stream of each.

    Create it in the event loop that uses it. `grpc_endpoint` (host:port) names an emulator. A call
    may take `call_seconds`; calls are retried for `deadline` seconds.
    """

    def __init__(
        self,
        project: str,
        dataset: str,
        grpc_endpoint: str | None,
        call_seconds: float,
        deadline: float,
    ) -> None:
        """Open the client."""
        self._tables = f"projects/{project}/datasets/{dataset}/tables"
        self._call_seconds = call_seconds
        self._deadline = deadline
        self._writer = (
            BigQueryWriteAsyncClient(
                transport=BigQueryWriteGrpcAsyncIOTransport(
                    channel=grpc.aio.insecure_channel(grpc_endpoint)
                )
            )
            if grpc_endpoint
            else BigQueryWriteAsyncClient()
        )

    async def append(self, rows: Sequence[Row]) -> None:
        """Append rows to all tables at once.

        Raises Google's errors, and `RowsRefused` for values that can't be sent or rows that Google names.
        """
        by_type: dict[type[Row], list[int]] = defaultdict(list)
        for index, row in enumerate(rows):
            by_type[type(row)].append(index)
        ended = await asyncio.gather(
            *(self._append(row_type, rows, positions) for row_type, positions in by_type.items()),
            return_exceptions=True,
        )
        for error in ended:
            if error is not None:
                raise error

    async def close(self) -> None:
        """Close the connection."""
        await self._writer.transport.close()  # type: ignore[no-untyped-call]

    async def _append(
        self, row_type: type[Row], rows: Sequence[Row], positions: Sequence[int]
    ) -> None:
        stream = f"{self._tables}/{row_type.table}/streams/_default"
        retry = AsyncRetry(
            predicate=_TRANSIENT, initial=0.1, multiplier=2, maximum=5, timeout=self._deadline
        )
        await retry(self._send)(deque(_requests(stream, row_type, rows, positions)))

    async def _send(self, pending: deque["_Request"]) -> None:
        """Send the requests without waiting after each, and drop the acknowledged ones.

        What is left after an error was not acknowledged; the next attempt sends it again.
        """
        call: Any = await self._writer.append_rows(
            _each([request.message for request in pending]),
            retry=None,
            timeout=self._call_seconds,
            metadata=[("x-goog-request-params", f"write_stream={pending[0].message.write_stream}")],
        )
        try:
            async for response in call:
                _check(response, pending[0].positions)
                pending.popleft()
        finally:
            call.cancel()
        if pending:
            raise exceptions.ServiceUnavailable("")  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class _Request:
    """A request, and the positions of its rows among all that are appended."""

    message: AppendRowsRequest
    positions: Sequence[int]


async def _each(requests: Sequence[AppendRowsRequest]) -> AsyncIterator[AppendRowsRequest]:
    for request in requests:
        yield request


def _requests(
    stream: str, row_type: type[Row], rows: Sequence[Row], positions: Sequence[int]
) -> Iterator[_Request]:
    """Requests of about `REQUEST_BYTES`. Each names stream and schema, so that any may come first."""
    descriptor = DescriptorProto()
    _MESSAGES[row_type].DESCRIPTOR.CopyToProto(descriptor)
    schema = ProtoSchema(proto_descriptor=descriptor)
    batch: list[bytes] = []
    size = start = 0
    for end, index in enumerate(positions, start=1):
        batch.append(_serialize(rows[index]))
        size += len(batch[-1])
        if size >= REQUEST_BYTES or end == len(positions):
            yield _Request(_message(stream, schema, batch), positions[start:end])
            batch, size, start = [], 0, end


def _message(stream: str, schema: ProtoSchema, batch: list[bytes]) -> AppendRowsRequest:
    return AppendRowsRequest(
        write_stream=stream,
        proto_rows=AppendRowsRequest.ProtoData(
            writer_schema=schema, rows=ProtoRows(serialized_rows=batch)
        ),
    )


def _serialize(row: Row) -> bytes:
    values = {field.name: getattr(row, field.name) for field in fields(row)}
    try:
        message = _MESSAGES[type(row)](**values)
        return message.SerializeToString()
    except (ValueError, TypeError, EncodeError):
        raise RowsRefused(f"A row of {row.table} has a value its column can't hold.") from None


def _check(response: AppendRowsResponse, positions: Sequence[int]) -> None:
    """Raise the error that the response reports. Its messages may quote rows, so they are not passed on."""
    if response.row_errors:
        codes = sorted({each.code.name for each in response.row_errors})
        raise RowsRefused(
            f"BigQuery refused the row ({', '.join(codes)}).",
            rows=[positions[each.index] for each in response.row_errors],
        )
    if response.error.code:
        error = exceptions.from_grpc_status(response.error.code, "")  # type: ignore[no-untyped-call]
        raise error
