"""The production warehouse: BigQuery, appended to through the Storage Write API."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeAlias, TypeVar

from google.api_core import exceptions
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.cloud import bigquery
from google.cloud.bigquery.retry import DEFAULT_JOB_RETRY, DEFAULT_RETRY

from analytics.concurrency import TaskSharedLock
from analytics.warehouse import statements
from analytics.warehouse.bigquery.appender import Appender
from analytics.warehouse.bigquery.tables import create_or_extend
from analytics.warehouse.port import (
    Erased,
    Parameter,
    RowsRefused,
    WarehouseMisplaced,
    WarehouseUnavailable,
)
from analytics.warehouse.rows import Row

T = TypeVar("T")

CALL_SECONDS = 30.0
"""Time limit of one call."""
DEADLINE_SECONDS = 60.0
"""How long calls are retried before `WarehouseUnavailable` is raised."""
CALLS_AT_ONCE = 64
"""Concurrent calls per process. Each takes a thread while it waits."""
TIME_TRAVEL_HOURS = 48
"""Time travel of a dataset created here. BigQuery allows no less."""
USUAL_TIME_TRAVEL_HOURS = 168
"""Time travel of a dataset that does not set it."""
FAIL_SAFE = timedelta(days=7)
"""How long Google keeps deleted rows after time travel ends."""
RESULTS_KEPT = timedelta(days=1)
"""How long BigQuery keeps the results of a query, such as topics."""
JOBS_KEPT = timedelta(days=180)
"""How long it keeps the parameters of a query, such as the words of a search."""

MAXIMUM_BYTES_BILLED = 10 * 2**30
ERASURE_ATTEMPTS = 3
"""How often rows are deleted while an exporter still appends rows that it had read before."""

_QueryParameter: TypeAlias = bigquery.ScalarQueryParameter | bigquery.ArrayQueryParameter
_FOR_ANALYSTS = "What analysts may read: users who opted in, by user_key, since they did"
_NOBODY = AnonymousCredentials()  # type: ignore[no-untyped-call]


class BigQueryWarehouse:
    """A warehouse in one BigQuery dataset.

    Create it in the event loop that uses it. It uses the application default credentials.
    `endpoint` (a URL) and `grpc_endpoint` (host:port) name an emulator, which gets no credentials.
    BigQuery refuses a query that would bill more than `maximum_bytes_billed`.
    """

    def __init__(
        self,
        project: str,
        dataset: str,
        analysts_dataset: str | None = None,
        location: str = "US",
        endpoint: str | None = None,
        grpc_endpoint: str | None = None,
        maximum_bytes_billed: int = MAXIMUM_BYTES_BILLED,
        deadline: float = DEADLINE_SECONDS,
        smallest_group: int = statements.SMALLEST_GROUP,
    ) -> None:
        """Open the clients. Every figure about several users covers at least `smallest_group`.

        Datasets are in `location`, where queries run; `deadline` is in seconds."""
        self._location = location
        self._dataset = bigquery.DatasetReference(project, dataset)
        self._analysts = bigquery.DatasetReference(
            project, analysts_dataset or f"{dataset}_analysts"
        )
        self._maximum_bytes_billed = maximum_bytes_billed
        self._deadline = deadline
        self._smallest_group = smallest_group
        self._client = bigquery.Client(
            project=project,
            location=location,
            credentials=_NOBODY if endpoint else None,
            client_options=ClientOptions(api_endpoint=endpoint) if endpoint else None,
        )
        # A pool of its own, so that nothing else waits for a thread while BigQuery is slow.
        self._threads = ThreadPoolExecutor(CALLS_AT_ONCE, "bigquery")
        self._appender = Appender(project, dataset, grpc_endpoint, CALL_SECONDS, deadline)
        # A change and an append to the same table can make each other fail; two appends can't.
        self._writing = TaskSharedLock()

    async def init(self) -> Sequence[str]:
        """Create the dataset, tables, columns and views."""
        return await self._run(self._init)

    async def init_analysts(self) -> None:
        """Create the analysts' dataset and its views, and let the views read the mirror."""
        await self._run(self._init_analysts)

    async def append(self, rows: Sequence[Row]) -> None:
        """Append rows through the default stream of each table, to all tables at once."""
        async with self._writing.shared():
            with _errors():
                await self._appender.append(rows)

    def text(self, statement: str) -> str:
        """The statement in GoogleSQL."""
        return statements.query(statement, self._qualified, self._smallest_group)

    async def query(
        self, statement: str, parameters: Mapping[str, Parameter]
    ) -> list[dict[str, Any]]:
        """Run a statement of `analytics/warehouse/sql/queries`."""
        text = self.text(statement)
        typed = [_parameter(name, value) for name, value in parameters.items()]
        return await self._run(lambda: _plain(self._query(text, typed)))

    async def execute(self, statement: str, parameters: Mapping[str, Parameter]) -> int:
        """Run a statement of `analytics/warehouse/sql/changes`; each DML statement of it is a job."""
        return sum((await self._change(statement, parameters)).values())

    async def erase(self, uid: str, before: int) -> Erased:
        """Delete the user's rows. The result states how long Google still keeps them, hidden from
        the views."""
        parameters: dict[str, Parameter] = {"uid": uid, "before": before}
        await self._change("record_erasure", parameters)
        removed: Counter[str] = Counter()
        for _ in range(ERASURE_ATTEMPTS):
            removed.update(await self._change("erase", parameters))
            left = await self.query("rows_up_to", parameters)
            if not any(table["row_count"] for table in left):
                return Erased(removed, await self._run(self._remains))
        raise WarehouseUnavailable("Rows kept arriving in BigQuery during the erasure: try again.")

    async def rewrite(self) -> None:
        """Do nothing: Google drops removed rows when time travel and fail-safe end."""

    async def ping(self) -> None:
        """Return if the views can be read."""
        view = self._dataset.table("conversation_history")
        await self._run(lambda: self._client.get_table(view, timeout=CALL_SECONDS))

    async def close(self) -> None:
        """Close the connections."""
        await self._appender.close()
        self._threads.shutdown(wait=False)
        self._client.close()  # type: ignore[no-untyped-call]

    @property
    def _qualified(self) -> str:
        return f"`{self._dataset.project}`.{self._dataset.dataset_id}"

    async def _run(self, work: Callable[[], T]) -> T:
        with _errors():
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _init(self) -> list[str]:
        dataset = bigquery.Dataset(self._dataset)
        dataset.max_time_travel_hours = TIME_TRAVEL_HOURS
        self._create(dataset)
        notes = create_or_extend(self._client, self._dataset, CALL_SECONDS)
        for view in statements.views(self._qualified):
            self._query(view, [])
        return notes

    def _init_analysts(self) -> None:
        dataset = bigquery.Dataset(self._analysts)
        dataset.description = _FOR_ANALYSTS
        self._create(dataset)
        analysts = f"`{self._analysts.project}`.{self._analysts.dataset_id}"
        for statement in statements.analysts_views(self._qualified, analysts, self._smallest_group):
            self._query(statement, [])
        # The views may read the mirror, so their readers need no access to it.
        views = {"dataset": self._analysts.to_api_repr(), "targetTypes": ["VIEWS"]}
        entry = bigquery.AccessEntry.from_api_repr({"dataset": views})
        mirror = self._client.get_dataset(self._dataset, timeout=CALL_SECONDS)
        if entry not in mirror.access_entries:
            mirror.access_entries = [*mirror.access_entries, entry]
            self._client.update_dataset(mirror, ["access_entries"], timeout=CALL_SECONDS)

    def _create(self, dataset: bigquery.Dataset) -> None:
        """Create a missing dataset in the configured location; only creating it needs the permission."""
        try:
            found = self._client.get_dataset(dataset.reference, timeout=CALL_SECONDS)
        except exceptions.NotFound:
            found = self._client.create_dataset(dataset, exists_ok=True, timeout=CALL_SECONDS)
        self._check_location(found.reference, found.location)

    def _check_location(self, dataset: bigquery.DatasetReference, found: str) -> None:
        if found.lower() != self._location.lower():
            raise WarehouseMisplaced(
                f"The BigQuery dataset {dataset.dataset_id} lies in {found}, but RECOLLECT_LOCATION says "
                f"{self._location}. A dataset can't be moved: set RECOLLECT_LOCATION={found}, or "
                "name a new dataset, then run `recollect warehouse init` and `recollect backfill`."
            )

    def _affected(self, text: str, parameters: Sequence[_QueryParameter]) -> int:
        return self._query(text, parameters).num_dml_affected_rows or 0

    def _query(
        self,
        text: str,
        parameters: Sequence[_QueryParameter],
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

    async def _change(
        self, statement: str, parameters: Mapping[str, Parameter]
    ) -> Mapping[str, int]:
        """Run DML statements one after the other. Returns how many rows changed, by table."""
        typed = [_parameter(name, value) for name, value in parameters.items()]
        texts = statements.changes(statement, self._qualified)
        async with self._writing.exclusive():
            return {
                table: await self._run(partial(self._affected, text, typed))
                for table, text in texts.items()
            }

    def _remains(self) -> str:
        dataset = self._client.get_dataset(self._dataset, timeout=CALL_SECONDS)
        hours = int(dataset.max_time_travel_hours or USUAL_TIME_TRAVEL_HOURS)
        now = datetime.now(UTC)
        past = now + timedelta(hours=hours)
        safe = past + FAIL_SAFE
        return (
            f"BigQuery keeps deleted data for time travel until {past:%Y-%m-%d %H:%M} UTC and "
            f"then, where only Google's support can reach it, until {safe:%Y-%m-%d %H:%M} UTC. "
            "Operators can see the results of queries, such as topics, until "
            f"{now + RESULTS_KEPT:%Y-%m-%d %H:%M} UTC, and in the list of jobs their parameters, "
            f"such as the words of a search, until {now + JOBS_KEPT:%Y-%m-%d %H:%M} UTC."
        )


def _parameter(name: str, value: Parameter) -> _QueryParameter:
    if isinstance(value, bool):
        return bigquery.ScalarQueryParameter(name, "BOOL", value)
    if isinstance(value, int):
        return bigquery.ScalarQueryParameter(name, "INT64", value)
    if isinstance(value, float):
        return bigquery.ScalarQueryParameter(name, "FLOAT64", value)
    if value is None or isinstance(value, str):
        return bigquery.ScalarQueryParameter(name, "STRING", value)
    kind = "FLOAT64" if value and isinstance(value[0], float) else "STRING"
    return bigquery.ArrayQueryParameter(name, kind, list(value))


def _plain(found: bigquery.table.RowIterator) -> list[dict[str, Any]]:
    """Rows as dicts, with JSON as text again: the client has parsed it."""
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
    """Turn Google's errors into the port's. Their messages may quote rows, so they are not passed on."""
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
