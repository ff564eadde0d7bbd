"""Real clients against the API: Apollo Client, urql, Relay, graphql-ws and graphql-sse.

Their modules are the recipes of docs/front-ends.md, so that what is written there is what runs here.
"""

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from analytics.warehouse.duckdb.warehouse import DuckDBWarehouse
from analytics.warehouse.port import WarehouseUnavailable
from tests.integration.conftest import embedded_settings
from tests.integration.live.live_server import Served, served

FOLDER = Path(__file__).parent
DOCUMENT = FOLDER.parents[1] / "docs/front-ends.md"
RECIPE = re.compile(r"```(?:js|graphql)\n(?://|#) ([\w.-]+)\n(.*?)```", re.DOTALL)

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or not (FOLDER / "node_modules").is_dir(),
    reason="needs Node and npm: install them and run make setup",
)


@pytest.fixture
async def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    """A served API whose warehouse is away."""

    async def away(*given: Any) -> Any:
        raise WarehouseUnavailable("gone")

    async with served(embedded_settings(tmp_path)) as started:
        monkeypatch.setattr(DuckDBWarehouse, "_run", away)
        yield started


@pytest.fixture(scope="session")
def recipes() -> list[str]:
    """The recipes of the document, written as modules."""
    folder = FOLDER / "recipes"
    folder.mkdir(exist_ok=True)
    found = RECIPE.findall(DOCUMENT.read_text())
    for name, text in found:
        (folder / name).write_text(text)
    compiler = FOLDER / "node_modules/.bin/relay-compiler"
    subprocess.run([compiler, "relay.config.json"], cwd=FOLDER, check=True)
    return [name for name, _ in found]


def test_there_is_a_recipe_for_each_client(recipes: list[str]) -> None:
    assert {"live.mjs", "operations.mjs", "apollo.mjs", "urql.mjs", "relay.mjs"} <= set(recipes)


@pytest.mark.parametrize("suite", ["apollo", "urql", "relay", "transports"])
async def test_clients_run_as_the_document_says(
    api: Served, recipes: list[str], suite: str
) -> None:
    running = await asyncio.create_subprocess_exec(
        *("node", "--test", "--test-concurrency=1", f"{suite}.test.mjs"),
        cwd=FOLDER,
        env={**os.environ, "RECOLLECT_GRAPHQL": f"http://127.0.0.1:{api.port}/graphql"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(240):
            output, _ = await running.communicate()
    finally:
        if running.returncode is None:
            running.kill()
    assert running.returncode == 0, output.decode()
