"""The whole API in process, on both supported pairs."""

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from analytics.warehouse.duckdb.file import connect, define, define_analysts
from analytics.warehouse.duckdb.warehouse import DuckDBWarehouse
from analytics.warehouse.statements import SMALLEST_GROUP
from recollect.app import build_app
from recollect.services import Services
from recollect.settings.settings import Settings
from tests.emulators.bigquery import BigQueryDataset

ANNA = "anna@example.com"
BEN = "ben@example.com"


@pytest.fixture(scope="session")
def defined_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DuckDB file with all tables and views, and no rows."""
    path = tmp_path_factory.mktemp("defined") / "warehouse.duckdb"
    with connect(path) as connection:
        define(connection)
        define_analysts(connection, SMALLEST_GROUP)
    return path


@pytest.fixture(autouse=True, scope="module")
def warehouses_defined_once(defined_warehouse: Path) -> Iterator[None]:
    """A new embedded warehouse is a copy of one that already has its views: defining them takes 70 ms, and a
    thousand tests start one. A warehouse that is opened again defines them again."""

    class Copied(DuckDBWarehouse):
        def __init__(self, path: Path, smallest_group: int = SMALLEST_GROUP) -> None:
            self._copied = smallest_group == SMALLEST_GROUP and not path.exists()
            if self._copied:
                shutil.copy(defined_warehouse, path)
            super().__init__(path, smallest_group)
            self._removed = self._removed and not self._copied

        async def init(self) -> Sequence[str]:
            return () if self._copied else await super().init()

        async def init_analysts(self) -> None:
            if not self._copied:
                await super().init_analysts()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("analytics.warehouse.duckdb.warehouse.DuckDBWarehouse", Copied)
        yield


@dataclass
class Api:
    """A running API and callers of it."""

    app: FastAPI
    http: httpx.AsyncClient
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def services(self) -> Services:
        services: Services = self.app.state.services
        return services

    async def post(self, document: str, user: str = ANNA, **variables: Any) -> httpx.Response:
        return await self.http.post(
            "/graphql",
            json={"query": document, "variables": variables},
            headers={"X-Recollect-Dev-User": user},
        )

    async def call(self, document: str, user: str = ANNA, **variables: Any) -> Any:
        """The data of an operation that must have no top-level error."""
        answer = (await self.post(document, user, **variables)).json()
        assert "errors" not in answer, answer
        return answer["data"]

    async def errors(self, document: str, user: str = ANNA, **variables: Any) -> Any:
        """The top-level errors of an operation that must have some."""
        return (await self.post(document, user, **variables)).json()["errors"]

    async def mutate(self, name: str, selection: str, user: str = ANNA, **given: Any) -> Any:
        """The payload of a mutation, with its user errors."""
        kind = f"{name[0].upper()}{name[1:]}Input"
        if name in ("archiveSession", "restoreSession", "deleteSession", "keepSession"):
            kind = "SessionInput"
        if name == "makeSessionTemporary":
            kind = "SessionInput"
        if name in ("archiveSessions", "restoreSessions", "deleteSessions"):
            kind = "SessionsInput"
        document = (
            f"mutation ($input: {kind}!) {{ {name}(input: $input) "
            f"{{ {selection} userErrors {{ code message field }} }} }}"
        )
        return (await self.call(document, user, input=given))[name]

    async def record(self, query: str, user: str = ANNA, **given: Any) -> Any:
        """The payload of a recorded turn."""
        selection = (
            "conversation { id query response answerState timestamp }"
            "session { id title conversationCount lastActive status }"
        )
        return await self.mutate("recordConversation", selection, user, query=query, **given)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Api]:
    """An API started with these settings, until the block ends."""
    app = build_app(settings)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")
        yield Api(app, await stack.enter_async_context(client))


def embedded_settings(folder: Path) -> Settings:
    """The embedded default in its own folder, without search by meaning: most tests count calls and word
    hits."""
    return Settings(data_dir=folder, embedder="none")


def google_settings(project: str, place: BigQueryDataset, folder: Path) -> Settings:
    """Firestore and BigQuery on their running emulators; with search by meaning, as by default."""
    return Settings(
        store="firestore",
        warehouse="bigquery",
        project=project,
        dataset=place.dataset,
        bigquery_endpoint=place.endpoint,
        bigquery_grpc_endpoint=place.grpc_endpoint,
        firestore_emulator_host=os.environ["FIRESTORE_EMULATOR_HOST"],
        data_dir=folder,
    )


@pytest.fixture(params=["embedded", "google"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Both supported pairs, empty, without search by meaning."""
    if request.param == "embedded":
        return embedded_settings(tmp_path)
    google = google_settings(
        request.getfixturevalue("firestore_project"),
        request.getfixturevalue("bigquery_dataset"),
        tmp_path,
    )
    return google.model_copy(update={"embedder": "none"})


@pytest.fixture
async def api(settings: Settings) -> AsyncIterator[Api]:
    """The API on one of the pairs, its warehouse initialised."""
    async with running(settings) as started:
        if settings.warehouse == "bigquery":  # the embedded one is initialised at its start
            await started.services.warehouse.init()
        yield started


class Clock:
    """The server's clock, which a test may move forward."""

    def __init__(self) -> None:
        self._ahead = 0

    def __call__(self) -> int:
        return time.time_ns() // 1000 + self._ahead

    def forward(self, **duration: float) -> None:
        """Let time pass."""
        self._ahead += int(timedelta(**duration).total_seconds() * 1_000_000)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of every use case, with no sweeper running: sweeps happen only when a test starts them."""
    shifted = Clock()
    monkeypatch.setattr("recollect.services.clock", shifted)

    async def wait(stop: asyncio.Event, services: Services) -> None:
        await stop.wait()

    monkeypatch.setattr("recollect.app.sweep_until", wait)
    return shifted


@asynccontextmanager
async def warehouse_alone(services: Services) -> AsyncIterator[None]:
    """Replaces an embedded API's background work: initialises the warehouse, but neither exports nor
    sweeps."""
    await services.warehouse.init()
    await services.warehouse.init_analysts()
    yield


@pytest.fixture
def exporting_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the exporter nor the sweeper, which also exports, runs beside the embedded API: a test decides
    when the mirror is late."""
    monkeypatch.setattr("recollect.app._upkeep", warehouse_alone)


@pytest.fixture
async def embedded(tmp_path: Path) -> AsyncIterator[Api]:
    """The API on the embedded default, for behaviour that does not depend on the store."""
    async with running(embedded_settings(tmp_path)) as started:
        yield started
