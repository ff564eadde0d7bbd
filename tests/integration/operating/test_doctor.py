"""`recollect doctor` finds each broken configuration here and names its remedy; a sound one passes."""

import asyncio
import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import duckdb
import grpc  # type: ignore[import-untyped]
import pytest
from click.testing import CliRunner, Result
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from google.cloud.firestore_admin_v1.types import Database

from recollect.cli import main
from recollect.commands import doctor, http_checks
from recollect.settings.settings import Settings, load_settings, variables
from stores.firestore.doctor import examine as examine_firestore
from stores.keys import mark_key
from stores.mirror_records import ExportMark
from stores.ports import Create
from stores.sqlite.store import SQLiteStore
from tests.contract.warehouses.helpers import open_bigquery
from tests.emulators.bigquery import PROJECT, BigQueryDataset, BigQueryEndpoints
from tests.integration.operating.firestore_admin import (
    FirestoreAdmin,
    building,
    every_index,
    served,
)
from tests.issuer import DISCOVERY, Issuer

KEY = "k" * 32


@pytest.fixture(autouse=True)
def _nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in variables():
        if variable != "FIRESTORE_EMULATOR_HOST":
            monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    # On a busy machine a sound service may answer later than the usual timeout.
    monkeypatch.setattr(doctor, "PATIENCE_SECONDS", 120.0)
    monkeypatch.setattr(http_checks, "SECONDS", 60.0)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with the files of a laptop that has been started once."""
    folder = tmp_path / ".recollect"
    folder.mkdir()

    async def start() -> None:
        await (await SQLiteStore.open(folder / "store.sqlite")).close()

    asyncio.run(start())
    assert CliRunner().invoke(main, ["warehouse", "init"]).exit_code == 0
    return folder


def told(**environment: str) -> Result:
    return CliRunner(env=environment).invoke(main, ["doctor"])


def finds(problem: str, remedy: str, **environment: str) -> None:
    """Assert that exactly this problem is found, and that the line below it names the remedy."""
    result = told(**environment)
    assert result.exit_code == 1, result.output
    lines = result.output.splitlines()
    (at,) = [number for number, line in enumerate(lines) if line.startswith("problem: ")]
    assert problem in lines[at]
    assert remedy in lines[at + 1], result.output


@pytest.fixture
def google(
    bigquery_dataset: BigQueryDataset, firestore_project: str, monkeypatch: pytest.MonkeyPatch
) -> BigQueryDataset:
    """Settings for both emulators, with a dataset that does not exist yet."""
    set_for(bigquery_dataset, firestore_project, monkeypatch)
    return bigquery_dataset


@pytest.fixture(scope="module")
def initialised(bigquery_endpoints: BigQueryEndpoints) -> BigQueryDataset:
    """A correctly initialised dataset; no test changes it."""
    name = f"test_{uuid4().hex}"
    place = BigQueryDataset(PROJECT, name, bigquery_endpoints.rest, bigquery_endpoints.grpc)
    asyncio.run(init(place))
    return place


async def init(place: BigQueryDataset) -> None:
    warehouse = open_bigquery(place)
    await warehouse.init()
    await warehouse.init_analysts()
    await warehouse.close()


@pytest.fixture
def ready(
    initialised: BigQueryDataset, firestore_project: str, monkeypatch: pytest.MonkeyPatch
) -> BigQueryDataset:
    """Settings for both emulators, with that dataset."""
    set_for(initialised, firestore_project, monkeypatch)
    return initialised


def set_for(
    place: BigQueryDataset, firestore_project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "STORE": "firestore",
        "WAREHOUSE": "bigquery",
        "PROJECT": firestore_project,
        "BIGQUERY_PROJECT": place.project,
        "DATASET": place.dataset,
        "BIGQUERY_ENDPOINT": place.endpoint,
        "BIGQUERY_GRPC_ENDPOINT": place.grpc_endpoint,
    }.items():
        monkeypatch.setenv(f"RECOLLECT_{name}", value)


def test_a_laptop_that_was_started_is_sound(data: Path) -> None:
    result = told()
    assert (result.exit_code, result.output.splitlines()[-1]) == (0, "Everything is in order.")


def test_a_laptop_before_its_first_start_is_sound_and_stays_as_it_is(tmp_path: Path) -> None:
    assert told().exit_code == 0
    assert not any(tmp_path.iterdir())


def test_the_emulators_are_sound(ready: BigQueryDataset) -> None:
    result = told()
    assert (result.exit_code, result.output.splitlines()[-1]) == (0, "Everything is in order.")
    assert "read and written" in result.output


def test_a_setting_that_is_wrong() -> None:
    result = told(RECOLLECT_PORT="x")
    assert result.exit_code == 1
    assert "RECOLLECT_PORT: should be a whole number" in result.output
    assert "docs/settings.md" in result.output


def test_a_data_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    finds("is not a folder", "RECOLLECT_DATA_DIR", RECOLLECT_DATA_DIR="file")


def test_a_damaged_store(data: Path) -> None:
    (data / "store.sqlite").write_bytes(b"no database" * 1000)
    finds("is damaged", "recollect restore")


def test_a_store_of_a_newer_release(data: Path) -> None:
    with sqlite3.connect(data / "store.sqlite") as connection:
        connection.execute("PRAGMA user_version = 99")
    finds("has version 99", "run the Recollect that wrote it")


def test_a_damaged_warehouse(data: Path) -> None:
    (data / "warehouse.duckdb").write_bytes(b"no database" * 1000)
    finds("can't be opened as a DuckDB file", "recollect backfill")


def test_a_warehouse_of_an_older_release(data: Path) -> None:
    with duckdb.connect(data / "warehouse.duckdb") as connection:
        connection.execute("DROP TABLE erasures")
    finds("lacks erasures", "recollect warehouse init")


def test_a_key_that_others_can_read(data: Path) -> None:
    (data / "id_key").write_text(KEY)
    (data / "id_key").chmod(0o644)
    finds("can be read by others", "chmod 600")


async def test_marks_that_nobody_exports(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = await SQLiteStore.open(data / "store.sqlite")
    mark = ExportMark(uid="u", mark_id="m", changes=[])
    await store.commit([Create(mark_key("u", "m"), mark)])
    await store.close()
    later = time.time() + 3600
    monkeypatch.setattr("recollect.mirror_lag.time.time", lambda: later)
    (found,) = [each for each in await doctor.examine(load_settings()) if each.problem]
    assert "behind" in str(found.problem)
    assert "make run" in found.remedy


def test_trusted_documents_that_are_missing(data: Path) -> None:
    finds("can't be read", "this release", RECOLLECT_TRUSTED_DOCUMENTS="nowhere.json")


def test_an_answer_service_that_is_not_there(data: Path) -> None:
    service = {"RECOLLECT_ANSWERER": "chat", "RECOLLECT_ANSWER_URL": "http://127.0.0.1:9"}
    finds("can't be reached", "RECOLLECT_ANSWER_URL", **service)


def test_an_answer_service_that_refuses_the_token(data: Path) -> None:
    with answering(401) as url:
        service = {"RECOLLECT_ANSWERER": "chat", "RECOLLECT_ANSWER_URL": url}
        finds("refuses the sign-in", "RECOLLECT_ANSWER_TOKEN", **service)


def test_an_api_that_does_not_answer(data: Path) -> None:
    finds("does not answer", "recollect serve", RECOLLECT_API_URL="http://127.0.0.1:9")


def oidc(url: str) -> dict[str, str]:
    return {
        "RECOLLECT_IDENTITY": "oidc",
        "RECOLLECT_OIDC_ISSUER": url,
        "RECOLLECT_OIDC_AUDIENCE": "recollect",
        "RECOLLECT_ID_KEY": KEY,
    }


def test_an_issuer_that_can_be_reached_is_sound(data: Path) -> None:
    with Issuer() as issuer:
        assert told(**oidc(issuer.url)).exit_code == 0


def test_an_issuer_that_can_not_be_reached(data: Path) -> None:
    finds("its keys can't be fetched", "can be reached", **oidc("http://127.0.0.1:9"))


def test_an_issuer_that_calls_itself_otherwise(data: Path) -> None:
    with Issuer() as issuer:
        issuer.documents[DISCOVERY] = {"issuer": "https://another.example"}
        finds("is of another issuer", "RECOLLECT_OIDC_ISSUER", **oidc(issuer.url))


def test_a_clock_that_is_off(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr(http_checks, "clock", lambda: (now + 3600) * 1_000_000)
    with Issuer() as issuer:
        finds("clock: differs", "NTP", **oidc(issuer.url))


def test_an_emulator_of_one_alone(ready: BigQueryDataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_bigquery", nothing)
    monkeypatch.delenv("RECOLLECT_BIGQUERY_GRPC_ENDPOINT")
    finds("only some", "RECOLLECT_BIGQUERY_GRPC_ENDPOINT")


async def nothing(settings: Settings) -> Sequence[Any]:
    return ()


def test_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FIRESTORE_EMULATOR_HOST", raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere.json")
    result = told(
        RECOLLECT_STORE="firestore", RECOLLECT_WAREHOUSE="bigquery", RECOLLECT_PROJECT="demo-x"
    )
    assert result.exit_code == 1
    assert result.output.count("gcloud auth application-default login") == 2


def test_a_firestore_that_is_not_there(
    ready: BigQueryDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:9")
    finds("does not answer", "FIRESTORE_EMULATOR_HOST")


def test_a_missing_dataset(google: BigQueryDataset) -> None:
    result = told()
    assert result.exit_code == 1
    assert result.output.count("is missing\n  to do: run `recollect warehouse init`") == 2


def test_a_dataset_elsewhere(ready: BigQueryDataset) -> None:
    result = told(RECOLLECT_LOCATION="EU")
    assert result.exit_code == 1
    assert "lies in US, but RECOLLECT_LOCATION says EU" in result.output
    assert "set RECOLLECT_LOCATION=US" in result.output


async def test_a_missing_table_and_a_missing_view(google: BigQueryDataset) -> None:
    await init(google)
    client = bigquery.Client(
        google.project,
        AnonymousCredentials(),  # type: ignore[no-untyped-call]
        client_options={"api_endpoint": google.endpoint},
    )
    dataset = f"`{google.project}`.{google.dataset}"
    client.query_and_wait(f"DROP VIEW {dataset}.user_preferences")
    client.query_and_wait(f"DROP TABLE {dataset}.erasures")
    client.close()  # type: ignore[no-untyped-call]
    found = [each for each in await doctor.examine(load_settings()) if each.problem]
    assert [each.problem for each in found] == ["lack erasures", "is missing"]
    assert all("recollect warehouse init" in each.remedy for each in found)


def test_a_write_api_that_is_not_there(ready: BigQueryDataset) -> None:
    finds(
        "Storage Write API",
        "RECOLLECT_BIGQUERY_GRPC_ENDPOINT",
        RECOLLECT_BIGQUERY_GRPC_ENDPOINT="127.0.0.1:9",
    )


def test_a_bigquery_that_is_too_slow_is_not_waited_for(
    ready: BigQueryDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = Event()
    monkeypatch.setattr("analytics.warehouse.bigquery.doctor.examine", lambda *_: ended.wait())
    monkeypatch.setattr(doctor, "PATIENCE_SECONDS", 1.0)
    result = told()
    ended.set()
    assert result.exit_code == 1
    assert "BigQuery: takes longer than 1 s\n  to do: see whether" in result.output


def test_a_bigquery_that_the_account_may_not_use(ready: BigQueryDataset) -> None:
    with answering(403) as url:
        finds("may not use it", "roles/bigquery.jobUser", RECOLLECT_BIGQUERY_ENDPOINT=url)


@contextmanager
def answering(status: int) -> Iterator[str]:
    """A server that answers everything with this status; yields its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"error": {"code": status, "errors": [], "message": ""}}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.005,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("admin", "problem", "remedy"),
    [
        (FirestoreAdmin(database=None), "is missing", "gcloud firestore databases create"),
        (
            FirestoreAdmin(Database(type_=Database.DatabaseType.DATASTORE_MODE)),
            "is not in native mode",
            "RECOLLECT_FIRESTORE_DATABASE",
        ),
        (FirestoreAdmin(indexes=every_index()[1:]), "1 are missing", "firestore:indexes"),
        (
            FirestoreAdmin(indexes=[*every_index()[1:], building()]),
            "1 are not built yet",
            "wait",
        ),
        (
            FirestoreAdmin(refuses=grpc.StatusCode.PERMISSION_DENIED),
            "may not use it",
            "roles/datastore.user",
        ),
    ],
    ids=["database", "mode", "index", "building", "permission"],
)
async def test_a_database_that_is_not_as_it_should_be(
    firestore_project: str, admin: FirestoreAdmin, problem: str, remedy: str
) -> None:
    async with served(admin) as client:
        (found,) = await examine_firestore(firestore_project, "(default)", client)
    assert found.problem is not None
    assert problem in found.problem
    assert remedy in found.remedy


async def test_a_database_that_is_as_it_should_be(firestore_project: str) -> None:
    async with served(FirestoreAdmin()) as client:
        found = await examine_firestore(firestore_project, "(default)", client)
    assert [each.problem for each in found] == [None, None]
