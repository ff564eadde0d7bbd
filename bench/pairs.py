"""Both supported pairs, empty, with the API running in this process."""

import os
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from unittest.mock import patch
from uuid import uuid4

from bench.raw import Raw, RawStore
from recollect.services import Services
from recollect.settings.settings import Settings
from tests.emulators.bigquery import BigQueryEndpoints
from tests.integration.conftest import Api, running, warehouse_alone


@dataclass(frozen=True, slots=True)
class Pair:
    """A running API and the store under it."""

    api: Api
    raw: Raw

    @property
    def services(self) -> Services:
        """The open parts of the API."""
        return self.api.services

    async def uid(self, user: str) -> str:
        """The user id under which the records of a user are stored."""
        headers = {"x-recollect-dev-user": user}
        return (await self.services.authenticator.authenticate(headers)).uid

    async def ask(self, document: str, user: str, **variables: Any) -> Any:
        """The data of an operation; an error in it aborts the measurement."""
        answer = await self.api.post(document, user, **variables)
        body = answer.json()
        if "errors" in body:
            raise RuntimeError(f"the API answers {body['errors']}")
        return body["data"]


OpenPair: TypeAlias = Callable[[], AbstractAsyncContextManager[Pair]]


@asynccontextmanager
async def embedded() -> AsyncIterator[Pair]:
    """SQLite and DuckDB in a folder of their own; nothing runs in the background during measurements."""
    with tempfile.TemporaryDirectory() as folder, patch("recollect.app._upkeep", warehouse_alone):
        async with running(Settings(data_dir=Path(folder))) as api:
            yield Pair(api, RawStore(api.services.store))


def google(firestore: str, bigquery: BigQueryEndpoints) -> OpenPair:
    """Firestore and BigQuery on their emulators, with a new project each time."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Pair]:
        from bench.raw_firestore import RawFirestore

        project = f"demo-{uuid4().hex}"
        with tempfile.TemporaryDirectory() as folder:
            settings = Settings(
                store="firestore",
                warehouse="bigquery",
                project=project,
                dataset="bench",
                bigquery_endpoint=bigquery.rest,
                bigquery_grpc_endpoint=bigquery.grpc,
                data_dir=Path(folder),
            )
            with patch.dict(os.environ, FIRESTORE_EMULATOR_HOST=firestore):
                async with running(settings) as api:
                    await api.services.warehouse.init()
                    raw = RawFirestore(project)
                    yield Pair(api, raw)
                    await raw.close()

    return opened
