"""Real clients against the API: Apollo Client, urql, Relay, graphql-ws and graphql-sse.

Their modules are the recipes of docs/front-ends.md, so that the tests run the documented code.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from analytics.warehouse.duckdb.warehouse import DuckDBWarehouse
from analytics.warehouse.port import WarehouseUnavailable
from tests.front_ends.suites import NEEDS_NODE, run_suite
from tests.integration.conftest import embedded_settings
from tests.integration.live.live_server import Served, served

pytestmark = NEEDS_NODE
RECIPES = {
    *("live.mjs", "operations.mjs", "growing.mjs"),
    *("apollo.mjs", "urql.mjs", "relay.mjs"),
}


@pytest.fixture
async def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    """A served API whose warehouse is away."""

    async def away(*given: Any) -> Any:
        raise WarehouseUnavailable("gone")

    async with served(embedded_settings(tmp_path)) as started:
        monkeypatch.setattr(DuckDBWarehouse, "_run", away)
        yield started


def test_there_is_a_recipe_for_each_client(recipes: list[str]) -> None:
    assert set(recipes) >= RECIPES


@pytest.mark.parametrize("client", ["apollo", "urql", "relay"])
async def test_caches_stay_right(api: Served, recipes: list[str], client: str) -> None:
    await run_suite("caches", api.port, CLIENT=client)


@pytest.mark.parametrize("suite", ["transports", "growing"])
async def test_clients_run_as_the_document_says(
    api: Served, recipes: list[str], suite: str
) -> None:
    await run_suite(suite, api.port)
