"""The production warehouse: BigQuery, appended to through the Storage Write API."""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from typing import Any, TypeVar

import grpc  # type: ignore[import-untyped]
from google.api_core import exceptions
from google.api_core.client_options import ClientOptions
from google.api_core.retry import AsyncRetry, if_exception_type
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.cloud import bigquery
from google.cloud.bigquery.retry import DEFAULT_JOB_RETRY, DEFAULT_RETRY
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

from analytics import rows_pb2, statements
from analytics.ports import Parameter, RowsRefused, WarehouseUnavailable
from analytics.rows import ConversationRow, PreferencesRow, Row, SessionRow

T = TypeVar("T")

REQUEST_BYTES = 1_500_000
"""Rows are sent in requests of about this size (BigQuery takes 20 MB), several in flight."""
CALL_SECONDS = 30.0
"""How long one call may take."""
DEADLINE_SECONDS = 60.0
"""How long calls are repeated before `WarehouseUnavailable`."""

_MESSAGES: Mapping[type[Row], type[Message]] = {
    SessionRow: rows_pb2.SessionRow,
    ConversationRow: rows_pb2.ConversationRow,
    PreferencesRow: rows_pb2.PreferencesRow,
}
_NOBODY = AnonymousCredentials()  # type: ignore[no-untyped-call]
_TRANSIENT = if_exception_type(
    exceptions.ServiceUnavailable,
    exceptions.Aborted,
    exceptions.InternalServerError,
    exceptions.Cancelled,
    exceptions.DeadlineExceeded,
    exceptions.ResourceExhausted,
)


class BigQueryWarehouse:
    """A warehouse in one BigQuery dataset.

    Construct it in the event loop that uses it; the credentials are the application default ones.
    `endpoint` (a URL) and `grpc_endpoint` (host:port) name an emulator, which gets no credentials.
    A query that would bill more than `maximum_bytes_billed` is refused by BigQuery.
    """

    def __init__(
        self,
        project: str,
        dataset: str,
        location: str = "US",
        endpoint: str | None = None,
        grpc_endpoint: str | None = None,
        maximum_bytes_billed: int = 10 * 2**30,
        deadline: float = DEADLINE_SECONDS,
    ) -> None:
        """Open the clients; `deadline` is in seconds."""
        self._dataset = bigquery.DatasetReference(project, dataset)
        self._maximum_bytes_billed = maximum_bytes_billed
        self._deadline = deadline
        self._client = bigquery.Client(
            project=project,
            location=location,
            credentials=_NOBODY if endpoint else None,
            client_options=ClientOptions(api_endpoint=endpoint) if endpoint else None,
        )
        self._writer = (
            BigQueryWriteAsyncClient(
                transport=BigQueryWriteGrpcAsyncIOTransport(
                    channel=grpc.aio.insecure_channel(grpc_endpoint)
                )
            )
            if grpc_endpoint
            else BigQueryWriteAsyncClient()
        )

    async def init(self) -> None:
        """Create dataset, tables and views."""
        await self._run(self._init)

    async def append(self, rows: Sequence[Row]) -> None:
        """Append rows through the default stream of each table, the tables at once."""
        by_type: dict[type[Row], list[Row]] = defaultdict(list)
        for row in rows:
            by_type[type(row)].append(row)
        ended = await asyncio.gather(
            *(self._append(row_type, of_type) for row_type, of_type in by_type.items()),
            return_exceptions=True,
        )
        for error in ended:
            if error is not None:
                raise error

    async def query(
        self, statement: str, parameters: Mapping[str, Parameter]
    ) -> list[dict[str, Any]]:
        """Run a statement of `analytics/sql/queries`."""
        text = statements.query(statement, self._qualified)
        typed = [_parameter(name, value) for name, value in parameters.items()]
        return await self._run(lambda: _plain(self._query(text, typed)))

    async def ping(self) -> None:
        """Answer if the views can be read."""
        view = self._dataset.table("conversation_history")
        await self._run(lambda: self._client.get_table(view, timeout=CALL_SECONDS))

    async def close(self) -> None:
        """Close the connections."""
        await self._writer.transport.close()  # type: ignore[no-untyped-call]
        self._client.close()  # type: ignore[no-untyped-call]

    @property
    def _qualified(self) -> str:
        return f"`{self._dataset.project}`.{self._dataset.dataset_id}"

    async def _run(self, work: Callable[[], T]) -> T:
        with _errors():
            return await asyncio.to_thread(work)

    def _init(self) -> None:
        self._client.create_dataset(self._dataset, exists_ok=True, timeout=CALL_SECONDS)
        for definition in statements.definitions(self._qualified):
            self._query(definition, [])

    def _query(
        self,
        text: str,
        parameters: Sequence[bigquery.ScalarQueryParameter | bigquery.ArrayQueryParameter],
    ) -> bigquery.table.RowIterator:
        return self._client.query_and_wait(
            text,
            job_config=bigquery.QueryJobConfig(
                query_parameters=parameters,
                maximum_bytes_billed=self._maximum_bytes_billed,
            ),
            api_timeout=CALL_SECONDS,
            wait_timeout=self._deadline,
            retry=DEFAULT_RETRY.with_timeout(self._deadline),
            job_retry=DEFAULT_JOB_RETRY.with_timeout(self._deadline),
        )

    async def _append(self, row_type: type[Row], rows: Sequence[Row]) -> None:
        pending = deque(_requests(self._stream(row_type), row_type, rows))
        retry = AsyncRetry(
            predicate=_TRANSIENT, initial=0.1, multiplier=2, maximum=5, timeout=self._deadline
        )
        with _errors():
            await retry(self._send)(pending)

    def _stream(self, row_type: type[Row]) -> str:
        table = self._dataset.table(row_type.table)
        return f"{table.path.removeprefix('/')}/streams/_default"

    async def _send(self, pending: deque[AppendRowsRequest]) -> None:
        """Send the requests without waiting after each, and drop those that are acknowledged.

        What is left after an error was not acknowledged; the next attempt sends it again.
        """
        call: Any = await self._writer.append_rows(
            _each(list(pending)),
            retry=None,
            timeout=CALL_SECONDS,
            metadata=[("x-goog-request-params", f"write_stream={pending[0].write_stream}")],
        )
        try:
            async for response in call:
                _check(response)
                pending.popleft()
        finally:
            call.cancel()
        if pending:
            raise exceptions.ServiceUnavailable("")  # type: ignore[no-untyped-call]


async def _each(requests: Sequence[AppendRowsRequest]) -> AsyncIterator[AppendRowsRequest]:
    for request in requests:
        yield request


def _requests(stream: str, row_type: type[Row], rows: Sequence[Row]) -> Iterator[AppendRowsRequest]:
    """Requests of about `REQUEST_BYTES`; each names stream and schema, so any may come first."""
    descriptor = DescriptorProto()
    _MESSAGES[row_type].DESCRIPTOR.CopyToProto(descriptor)
    schema = ProtoSchema(proto_descriptor=descriptor)
    batch: list[bytes] = []
    size = 0
    for row in rows:
        batch.append(_serialize(row))
        size += len(batch[-1])
        if size >= REQUEST_BYTES:
            yield _request(stream, schema, batch)
            batch, size = [], 0
    if batch:
        yield _request(stream, schema, batch)


def _request(stream: str, schema: ProtoSchema, batch: list[bytes]) -> AppendRowsRequest:
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


def _check(response: AppendRowsResponse) -> None:
    if response.error.code:
        error = exceptions.from_grpc_status(response.error.code, "")  # type: ignore[no-untyped-call]
        raise error


def _parameter(
    name: str, value: Parameter
) -> bigquery.ScalarQueryParameter | bigquery.ArrayQueryParameter:
    if isinstance(value, bool):
        return bigquery.ScalarQueryParameter(name, "BOOL", value)
    if isinstance(value, int):
        return bigquery.ScalarQueryParameter(name, "INT64", value)
    if value is None or isinstance(value, str):
        return bigquery.ScalarQueryParameter(name, "STRING", value)
    return bigquery.ArrayQueryParameter(name, "STRING", list(value))


def _plain(found: bigquery.table.RowIterator) -> list[dict[str, Any]]:
    """Rows as dicts, with JSON as text: the client has parsed it."""
    json_columns = {field.name for field in found.schema if field.field_type == "JSON"}
    return [
        {
            name: json.dumps(value, ensure_ascii=False)
            if name in json_columns and value is not None
            else value
            for name, value in row.items()
        }
        for row in found
    ]


@contextmanager
def _errors() -> Iterator[None]:
    """Turn Google's errors into the port's. Their messages may quote rows, so none is passed on."""
    try:
        yield
    except exceptions.NotFound:
        raise WarehouseUnavailable(
            "The BigQuery dataset, a table or a view is missing: run `recollect warehouse init`."
        ) from None
    except (exceptions.InvalidArgument, exceptions.OutOfRange) as error:
        raise RowsRefused(f"BigQuery refused the rows ({type(error).__name__}).") from None
    except (exceptions.GoogleAPIError, GoogleAuthError, OSError) as error:
        raise WarehouseUnavailable(f"BigQuery failed ({type(error).__name__}).") from None
