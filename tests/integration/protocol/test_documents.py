"""Where trusted documents are configured, nothing else runs."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from recollect.app import build_app
from recollect.http.trusted_documents import sha256
from recollect.settings.errors import SettingsError
from recollect.settings.settings import Settings
from tests.integration.conftest import Api, running
from tests.integration.protocol.protocol import VIEWER, codes

TWO = "query A { __typename } query B($n: Int) { viewer { sessions(first: $n) { totalCount } } }"
TRUSTED = {sha256(document): document for document in (VIEWER, TWO)}
UNKNOWN = sha256("{ __typename }")


def settings(folder: Path, documents: Any) -> Settings:
    path = folder / "documents.json"
    path.write_text(documents if isinstance(documents, str) else json.dumps(documents))
    return Settings(data_dir=folder, trusted_documents=path)


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with running(settings(tmp_path, TRUSTED)) as started:
        yield started


async def post(api: Api, **body: Any) -> httpx.Response:
    return await api.http.post("/graphql", json=body)


def persisted(digest: str) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}}


@pytest.mark.parametrize(
    "request_body",
    [
        {"documentId": f"sha256:{sha256(VIEWER)}"},
        {"documentId": sha256(VIEWER)},
        persisted(sha256(VIEWER)),
        {"query": "", **persisted(sha256(VIEWER))},
        {"query": VIEWER},
        {"query": VIEWER, **persisted(sha256(VIEWER))},
    ],
    ids=["documentId", "bare hash", "persistedQuery", "no text", "text", "text and hash"],
)
async def test_a_trusted_document_runs(api: Api, request_body: dict[str, Any]) -> None:
    response = await post(api, **request_body)
    assert response.status_code == 200
    assert response.json()["data"]["viewer"]["id"]


async def test_the_keys_of_a_file_may_say_which_hash_they_are(tmp_path: Path) -> None:
    named = {f"sha256:{digest}": document for digest, document in TRUSTED.items()}
    async with running(settings(tmp_path, named)) as api:
        for digest in (sha256(VIEWER), f"sha256:{sha256(VIEWER)}"):
            assert (await post(api, documentId=digest)).json()["data"]["viewer"]["id"]


async def test_a_trusted_document_takes_variables_and_an_operation_name(api: Api) -> None:
    response = await post(
        api, documentId=f"sha256:{sha256(TWO)}", operationName="B", variables={"n": 1}
    )
    assert response.json()["data"] == {"viewer": {"sessions": {"totalCount": 0}}}


async def test_a_trusted_query_runs_by_get(api: Api) -> None:
    for params in (
        {"documentId": f"sha256:{sha256(VIEWER)}"},
        {"extensions": json.dumps(persisted(sha256(VIEWER))["extensions"])},
    ):
        response = await api.http.get("/graphql", params=params)
        assert response.json()["data"]["viewer"]["id"]


@pytest.mark.parametrize(
    ("request_body", "code"),
    [
        ({"query": "{ __typename }"}, "TRUSTED_DOCUMENT_REQUIRED"),
        ({"query": VIEWER + " "}, "TRUSTED_DOCUMENT_REQUIRED"),
        ({"query": "{ nothing }"}, "TRUSTED_DOCUMENT_REQUIRED"),
        ({"query": "{ a }", **persisted(sha256(VIEWER))}, "TRUSTED_DOCUMENT_REQUIRED"),
        ({"documentId": f"sha256:{UNKNOWN}"}, "PERSISTED_QUERY_NOT_FOUND"),
        ({"documentId": "x-mine"}, "PERSISTED_QUERY_NOT_FOUND"),
        (persisted(UNKNOWN), "PERSISTED_QUERY_NOT_FOUND"),
        ({"documentId": sha256(VIEWER), "query": VIEWER}, "BAD_REQUEST"),
        ({"documentId": 1}, "BAD_REQUEST"),
        ({"extensions": {"persistedQuery": 1}}, "BAD_REQUEST"),
        ({}, "BAD_REQUEST"),
    ],
)
async def test_nothing_else_runs(api: Api, request_body: dict[str, Any], code: str) -> None:
    response = await post(api, **request_body)
    assert (response.status_code, codes(response)) == (400, [code])


async def test_without_trusted_documents_a_hash_is_refused_and_a_query_runs(embedded: Api) -> None:
    hashed = sha256(VIEWER)
    for body in (
        {"documentId": f"sha256:{hashed}"},
        persisted(hashed),
        persisted(f"sha256:{hashed}"),
    ):
        response = await post(embedded, **body)
        assert response.status_code == 400
        assert codes(response) == ["PERSISTED_QUERY_NOT_SUPPORTED"]
    response = await post(embedded, query=VIEWER, **persisted(sha256(VIEWER)))
    assert response.status_code == 200


BROKEN = {
    "no JSON": ("{", "can't be read"),
    "no object": ([VIEWER], "an object of documents"),
    "no text": ({sha256(VIEWER): 1}, "an object of documents"),
    "another hash": ({"0" * 64: VIEWER}, "is not the SHA-256 of its document"),
    "syntax": ({sha256("{"): "{"}, "Syntax Error"),
    "unknown field": ({sha256("{ nothing }"): "{ nothing }"}, "Cannot query field"),
    "too deep": ({sha256("{a" * 20 + "}" * 20): "{a" * 20 + "}" * 20}, "depth 20"),
}


@pytest.mark.parametrize(("documents", "says"), BROKEN.values(), ids=BROKEN)
def test_documents_that_can_not_run_keep_the_api_from_starting(
    tmp_path: Path, documents: Any, says: str
) -> None:
    with pytest.raises(SettingsError, match="RECOLLECT_TRUSTED_DOCUMENTS") as caught:
        build_app(settings(tmp_path, documents))
    assert says in str(caught.value)


def test_a_missing_file_keeps_the_api_from_starting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="can't be read"):
        build_app(Settings(data_dir=tmp_path, trusted_documents=tmp_path / "missing.json"))
