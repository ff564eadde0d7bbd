"""What holds for BigQuery alone: failures of the Storage Write API, and properties of the dataset."""

import asyncio
import os
import re
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]
import httpx
import pytest
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from google.cloud.bigquery_storage_v1.types import AppendRowsRequest, AppendRowsResponse

import analytics
from analytics.upkeep.compact import compact
from analytics.warehouse.bigquery.warehouse import BigQueryWarehouse
from analytics.warehouse.port import (
    Parameter,
    RowsRefused,
    WarehouseMisplaced,
    WarehouseUnavailable,
)
from analytics.warehouse.rows import ROW_TYPES
from tests.contract.warehouses.helpers import T0, open_bigquery, session, turn, turns_of
from tests.emulators.bigquery import BigQueryDataset

pytest_plugins = ["tests.contract.warehouses.fixtures"]

LARGE = "x" * 400_000


@dataclass
class FaultyProxy:
    """A proxy between a client and the emulator's Storage Write API that fails streams as planned.

    `faults` has one entry for each coming stream: the number of answers that pass before the stream
    ends with that status. Streams after the last entry pass completely.
    """

    upstream: str
    faults: list[tuple[int, grpc.StatusCode]]
    endpoint: str = ""
    requests: int = 0
    streams: int = 0

    def service(
        self, details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler:  # the interface of grpc.GenericRpcHandler
        return grpc.stream_stream_rpc_method_handler(self._relay)

    async def _relay(
        self, requests: AsyncIterator[bytes], context: grpc.aio.ServicerContext
    ) -> AsyncIterator[bytes]:
        self.streams += 1
        allowed, code = self.faults.pop(0) if self.faults else (-1, None)

        async def counted() -> AsyncIterator[bytes]:
            async for request in requests:
                self.requests += 1
                yield request

        async with grpc.aio.insecure_channel(self.upstream) as channel:
            call = channel.stream_stream(
                "/google.cloud.bigquery.storage.v1.BigQueryWrite/AppendRows"
            )
            answers = call(counted())
            if allowed == 0:
                await context.abort(code)
            async for answer in answers:
                yield answer
                allowed -= 1
                if allowed == 0:
                    await context.abort(code)


@asynccontextmanager
async def proxy(
    place: BigQueryDataset, *faults: tuple[int, grpc.StatusCode]
) -> AsyncIterator[tuple[FaultyProxy, BigQueryDataset]]:
    server = grpc.aio.server(options=[("grpc.max_receive_message_length", 20 * 2**20)])
    between = FaultyProxy(place.grpc_endpoint, list(faults))
    server.add_generic_rpc_handlers([between])
    endpoint = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    yield between, replace(place, grpc_endpoint=endpoint)
    await server.stop(grace=0)


@pytest.mark.parametrize(
    "code",
    [
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    ],
    ids=lambda code: code.name,
)
async def test_a_broken_stream_is_opened_again_and_the_rest_sent_again(
    ready_dataset: BigQueryDataset, code: grpc.StatusCode
) -> None:
    async with proxy(ready_dataset, (0, code), (2, code)) as (between, place):
        warehouse = open_bigquery(place)
        await warehouse.append([turn(f"c{n}", response=LARGE, search_text="") for n in range(16)])
        shown = await turns_of(warehouse)
        await warehouse.close()
    assert len(shown) == 16
    assert between.streams == 3
    assert between.requests >= 4 + 2


async def test_what_was_acknowledged_is_not_sent_again(ready_dataset: BigQueryDataset) -> None:
    async with proxy(ready_dataset, (3, grpc.StatusCode.UNAVAILABLE)) as (between, place):
        warehouse = open_bigquery(place)
        await warehouse.append([turn(f"c{n}", response=LARGE, search_text="") for n in range(16)])
        await warehouse.close()
    assert between.streams == 2
    # 4 requests at first, and then the one without an answer again.
    assert between.requests == 4 + 1


async def test_it_gives_up_at_the_deadline(ready_dataset: BigQueryDataset) -> None:
    warehouse = open_bigquery(replace(ready_dataset, grpc_endpoint="127.0.0.1:1"), deadline=1.0)
    with pytest.raises(WarehouseUnavailable, match="BigQuery failed"):
        await warehouse.append([turn()])
    await warehouse.close()


async def test_queries_give_up_at_the_deadline(bigquery_dataset: BigQueryDataset) -> None:
    warehouse = open_bigquery(
        replace(bigquery_dataset, endpoint="http://127.0.0.1:1"), deadline=1.0
    )
    with pytest.raises(WarehouseUnavailable, match="BigQuery failed"):
        await turns_of(warehouse)
    await warehouse.close()


async def test_before_init_it_says_what_to_do(bigquery_dataset: BigQueryDataset) -> None:
    warehouse = open_bigquery(bigquery_dataset)
    with pytest.raises(WarehouseUnavailable, match="recollect warehouse init"):
        await warehouse.ping()
    with pytest.raises(WarehouseUnavailable, match="recollect warehouse init"):
        await warehouse.append([turn()])
    await warehouse.close()


async def test_a_dataset_is_made_where_the_setting_says_and_refused_elsewhere(
    bigquery_dataset: BigQueryDataset,
) -> None:
    in_frankfurt = open_bigquery(bigquery_dataset, location="europe-west3")
    in_the_eu = open_bigquery(bigquery_dataset, location="EU")
    await in_frankfurt.init()
    await in_frankfurt.init_analysts()
    for use in (in_the_eu.init, in_the_eu.init_analysts):
        with pytest.raises(WarehouseMisplaced, match=r"lies in europe-west3, .*_LOCATION says EU"):
            await use()
    await in_frankfurt.close()
    await in_the_eu.close()


async def test_one_table_refused_does_not_keep_the_others_from_landing(
    bigquery_warehouse: BigQueryWarehouse,
) -> None:
    with pytest.raises(RowsRefused):
        await bigquery_warehouse.append([turn(), session(metadata="{")])
    assert len(await turns_of(bigquery_warehouse)) == 1


async def test_tables_are_described_and_require_what_rows_always_have(
    ready_dataset: BigQueryDataset,
) -> None:
    async with httpx.AsyncClient(base_url=dataset_url(ready_dataset)) as rest:
        for row_type in ROW_TYPES:
            table = (await rest.get(f"/tables/{row_type.table}")).json()
            required = {f["name"] for f in table["schema"]["fields"] if f["mode"] == "REQUIRED"}
            # A list can be empty; its column can be neither null nor required.
            always = {
                each.name
                for each in fields(row_type)
                if not any(kind in str(each.type) for kind in ("None", "Sequence"))
            }
            assert required == always
            assert table["description"].startswith("Every version of ")


async def test_a_dataset_made_by_init_shows_its_past_no_longer_than_it_must(
    bigquery_dataset: BigQueryDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checks the request, because bqemulator reports 168 hours for any dataset."""
    asked: list[int | None] = []
    create_dataset = bigquery.Client.create_dataset

    def spy(self: bigquery.Client, dataset: bigquery.Dataset, **options: Any) -> Any:
        asked.append(dataset.max_time_travel_hours)
        return create_dataset(self, dataset, **options)

    monkeypatch.setattr(bigquery.Client, "create_dataset", spy)
    warehouse = open_bigquery(bigquery_dataset)
    await warehouse.init()
    await warehouse.close()
    assert asked == [48]


async def test_slow_queries_hold_up_nothing_but_themselves(
    bigquery_warehouse: BigQueryWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other work that needs a thread, such as uploads and readiness checks, must not wait for BigQuery."""
    going_on = threading.Event()

    def slow(*_: Any, **__: Any) -> None:
        going_on.wait(120)
        raise OSError

    monkeypatch.setattr(bigquery.Client, "query_and_wait", slow)
    queries = [
        asyncio.create_task(bigquery_warehouse.query("uid_of_email", {"email": "anna"}))
        # More queries than asyncio has threads by default.
        for _ in range(min(32, (os.cpu_count() or 1) + 4) + 1)
    ]
    try:
        async with asyncio.timeout(60):
            await asyncio.to_thread(lambda: None)
            await bigquery_warehouse.ping()
    finally:
        going_on.set()
        failures = await asyncio.gather(*queries, return_exceptions=True)
    assert {type(failure) for failure in failures} == {WarehouseUnavailable}


async def test_an_erasure_tells_until_when_google_keeps_what_was_deleted(
    bigquery_warehouse: BigQueryWarehouse,
) -> None:
    remains = (await bigquery_warehouse.erase("anna", T0)).remains
    assert remains is not None
    past, safe, found, given = (
        datetime.strptime(time, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
        for time in re.findall(r"until (\S+ \S+) UTC", remains)
    )
    # bqemulator reports 168 hours for any dataset.
    assert timedelta(hours=167.9) < past - datetime.now(UTC) <= timedelta(hours=168)
    assert safe - past == timedelta(days=7)
    # Searches leave their words in the list of jobs, and their results in hidden tables.
    assert past - found == timedelta(days=6)
    assert given - found == timedelta(days=179)


async def test_rows_that_come_after_an_erasure_are_removed_by_the_next(
    bigquery_warehouse: BigQueryWarehouse,
) -> None:
    await bigquery_warehouse.erase("anna", T0)
    await bigquery_warehouse.append([turn(), session(), turn("new", change_seq=T0 + 1)])
    removed = (await bigquery_warehouse.erase("anna", T0)).removed
    assert sum(removed.values()) == 2
    assert [row["conversation_id"] for row in await turns_of(bigquery_warehouse)] == ["new"]


async def test_every_query_bounds_what_it_bills(
    bigquery_dataset: BigQueryDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    bounds: list[int | None] = []
    query_and_wait = bigquery.Client.query_and_wait

    def spy(self: bigquery.Client, query: str, **options: Any) -> Any:
        bounds.append(options["job_config"].maximum_bytes_billed)
        return query_and_wait(self, query, **options)

    monkeypatch.setattr(bigquery.Client, "query_and_wait", spy)
    warehouse = open_bigquery(bigquery_dataset, maximum_bytes_billed=123_456_789)
    await warehouse.init()
    await turns_of(warehouse)
    place: dict[str, Parameter] = {"uid": "anna", "keys": ["s1"], "since": T0, "until": T0}
    await warehouse.execute("forget_sessions", place)
    views = len(bounds) - 2
    await warehouse.erase("anna", T0)
    await compact(warehouse, T0)
    assert len(bounds) == views + 2 + (1 + 3 + 1) + 3
    await warehouse.close()
    assert set(bounds) == {123_456_789}


def test_there_is_one_way_to_ask_bigquery() -> None:
    """That one way sets the bound; queries, extractions, copies and jobs by any other call would lack it.
    Only the doctor makes another call: dry runs, which read nothing."""
    files = set(Path(analytics.__path__[0]).rglob("bigquery/*.py"))
    (doctor,) = (file for file in files if file.name == "doctor.py")
    assert (
        doctor.read_text().count("client.query(") == doctor.read_text().count("dry_run=True") == 1
    )
    sources = [file.read_text() for file in files - {doctor}]
    assert len(sources) > 2
    asked = r"client\.(query\w*|extract_table|copy_table|load_table\w*|create_job|list_rows)\("
    assert re.findall(asked, "".join(sources)) == ["query_and_wait"]


async def test_the_stand_in_refuses_what_bigquery_refuses(
    ready_dataset: BigQueryDataset,
) -> None:
    """Unknown fields and nulls in REQUIRED columns, which an unmodified bqemulator accepts."""
    stream = (
        f"projects/{ready_dataset.project}/datasets/{ready_dataset.dataset}"
        "/tables/user_preferences_changes/streams/_default"
    )
    async with grpc.aio.insecure_channel(ready_dataset.grpc_endpoint) as channel:
        for names, serialized in ((["uid"], b"\x0a\x01u"), (["uid", "unheard_of"], b"\x0a\x01u")):
            request = AppendRowsRequest(write_stream=stream)
            descriptor = request.proto_rows.writer_schema.proto_descriptor
            descriptor.name = "Row"
            for number, name in enumerate(names, start=1):
                descriptor.field.add(name=name, number=number, label=1, type=9)
            request.proto_rows.rows.serialized_rows = [serialized]
            call = channel.stream_stream(
                "/google.cloud.bigquery.storage.v1.BigQueryWrite/AppendRows",
                request_serializer=AppendRowsRequest.serialize,
                response_deserializer=AppendRowsResponse.deserialize,
            )
            async for answer in call(iter([request])):
                assert answer.error.code == grpc.StatusCode.INVALID_ARGUMENT.value[0]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("SELECT FROM WHERE", exceptions.BadRequest),
        ("SELECT speaker FROM {}.erasures", exceptions.BadRequest),
        ("SELECT uid FROM {}.missing", exceptions.NotFound),
    ],
)
def test_the_stand_in_fails_what_asks_it_in_bad_sql(
    ready_dataset: BigQueryDataset, text: str, error: type[Exception]
) -> None:
    """An unmodified bqemulator answers with no rows."""
    client = bigquery.Client(
        ready_dataset.project,
        AnonymousCredentials(),  # type: ignore[no-untyped-call]
        client_options={"api_endpoint": ready_dataset.endpoint},
    )
    with pytest.raises(error):
        client.query_and_wait(text.format(f"`{ready_dataset.project}`.{ready_dataset.dataset}"))


def dataset_url(place: BigQueryDataset) -> str:
    return f"{place.endpoint}/bigquery/v2/projects/{place.project}/datasets/{place.dataset}"
