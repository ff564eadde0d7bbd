"""The product's BigQuery requests pass a proxy that refuses what Google's analyzer refuses."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from analytics.warehouse import statements
from analytics.warehouse.bigquery.warehouse import BigQueryWarehouse
from analytics.warehouse.port import WarehouseUnavailable
from recollect.settings.settings import Settings
from tests.emulators.bigquery import BigQueryDataset
from tests.googlesql.proxy import Proxy, refusing_proxy
from tests.integration.conftest import running

INSIGHTS = """
query ($range: DateRange!) { viewer {
  insights(range: $range) { sessions turns topics { topic turns } turnsPerDay { day turns } }
  searchConversations(query: "tides") { nodes { conversation { query } } }
} }
"""
ASKED_AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
RANGE = {"since": "2026-03-01T00:00:00Z", "until": "2026-04-01T00:00:00Z"}


@pytest.fixture
def strict(bigquery_dataset: BigQueryDataset) -> Iterator[tuple[BigQueryDataset, Proxy]]:
    """An empty dataset behind the proxy."""
    place = bigquery_dataset
    with refusing_proxy(place.endpoint, place.project) as (url, proxy):
        yield replace(place, endpoint=url), proxy


@pytest.mark.usefixtures("firestore_address")
async def test_the_warehouse_is_made_and_insights_are_answered_in_sql_that_bigquery_takes(
    strict: tuple[BigQueryDataset, Proxy], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, proxy = strict
    for name, value in {
        "STORE": "firestore",
        "WAREHOUSE": "bigquery",
        "PROJECT": place.project,
        "DATASET": place.dataset,
        "BIGQUERY_ENDPOINT": place.endpoint,
        "BIGQUERY_GRPC_ENDPOINT": place.grpc_endpoint,
        "DATA_DIR": str(tmp_path),
    }.items():
        monkeypatch.setenv(f"RECOLLECT_{name}", value)
    made = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("recollect"), "warehouse", "init", stderr=PIPE
    )
    _, messages = await made.communicate()
    assert made.returncode == 0, (messages, proxy.refused)

    async with running(Settings()) as api:
        await api.record("What makes the tides?", timestamp=ASKED_AT.isoformat(), response="Moon.")
        await api.services.exporter.drain()
        viewer = (await api.call(INSIGHTS, range=RANGE))["viewer"]
    assert viewer["insights"] == {
        "sessions": 1,
        "turns": 1,
        "topics": [{"topic": "tides", "turns": 1}],
        "turnsPerDay": [{"day": "2026-03-02", "turns": 1}],
    }
    (hit,) = viewer["searchConversations"]["nodes"]
    assert hit["conversation"]["query"] == "What makes the tides?"
    assert proxy.refused == []
    made_views = statements.views("d") + statements.analysts_views("d", "a")
    assert len(proxy.analysed) >= len(made_views) + 3


async def test_the_proxy_refuses_as_bigquery_does(
    strict: tuple[BigQueryDataset, Proxy], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, proxy = strict
    reserved = "CREATE OR REPLACE VIEW {}.odd AS SELECT uid AS following FROM {}.erasures"
    monkeypatch.setattr(statements, "views", lambda dataset: [reserved.format(dataset, dataset)])
    warehouse = BigQueryWarehouse(
        place.project, place.dataset, endpoint=place.endpoint, grpc_endpoint=place.grpc_endpoint
    )
    with pytest.raises(WarehouseUnavailable, match="BadRequest"):
        await warehouse.init()
    await warehouse.close()
    assert proxy.refused == ["Syntax error: Unexpected keyword FOLLOWING"]
