"""The API that runs only the generated client's documents, and a client of it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from client.api.client import Client
from recollect.services import open_warehouse
from recollect.settings.settings import Settings
from tests.counting import firestore_rpcs, sql_statements
from tests.e2e.served_api import ServedApi
from tests.integration.client.operation_costs import Costs

DOCUMENTS = Path(__file__).parents[3] / "client/trusted-documents.json"


class Listed(Client):
    """A client that remembers which documents it sent, and the store calls of each."""

    def __init__(self, url: str, calls: list[str]) -> None:
        super().__init__(url)
        self.url = url
        self.sent: set[str] = set()
        self.costs = Costs(calls)
        self._streams = 0

    def execute(
        self, query: str, operation_name: str, variables: Mapping[str, object]
    ) -> dict[str, Any]:
        self.sent.add(query)
        if self._streams:
            # A subscription to changes reads from the store too.
            return super().execute(query, operation_name, variables)
        with self.costs.of(operation_name):
            return super().execute(query, operation_name, variables)

    def follow(
        self, query: str, operation_name: str, variables: Mapping[str, object]
    ) -> Iterator[dict[str, Any] | None]:
        self.sent.add(query)
        events = super().follow(query, operation_name, variables)
        if self._streams:
            yield from events
            return
        self._streams += 1
        try:
            with self.costs.of(operation_name):
                # The first event that is not a keep-alive.
                begun = next(event for event in events if event)
            yield begun
            yield from events
        finally:
            self._streams -= 1


@pytest.fixture
async def served(settings: Settings, tmp_path: Path, exporting_by_hand: None) -> ServedApi:
    """The API without exporter and sweeper beside it, which also read from the store."""
    warehouse = await open_warehouse(settings)
    await warehouse.init()
    await warehouse.init_analysts()
    await warehouse.close()
    return ServedApi(tmp_path, settings.model_copy(update={"trusted_documents": DOCUMENTS}))


@pytest.fixture
def client(served: ServedApi) -> Iterator[Listed]:
    with sql_statements() as statements, firestore_rpcs() as rpcs, served.running():
        client = Listed(served.url, statements if served.settings.store == "sqlite" else rpcs.calls)
        yield client
        client.close()
