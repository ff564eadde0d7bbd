"""The shape of every error an answer can have: a message, a code, and the extensions of the code."""

import ast
import json
import re
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from recollect.http.budgets import Budgets
from recollect.identity import IdentityUnavailable
from resolvers.errors import Forbidden
from stores.errors import StoreUnavailable
from tests.integration.conftest import Api, embedded_settings, running
from tests.integration.protocol.protocol import GRAPHQL, VIEWER, for_strangers, send
from tests.issuer import Clock

ROOT = Path(__file__).parents[3]
PREFERENCES = "{ viewer { preferences { languagePreference } } }"
COSTLY = (
    "{ viewer { sessions(first: 100) { nodes { "
    "conversations(last: 100) { nodes { id query response timestamp answerState } } } } } }"
)
AT = {"locations": [{"line": 1, "column": 3}]}


class Case:
    """A request, and the answer it must get."""

    def __init__(
        self,
        status: int,
        extensions: dict[str, Any],
        *,
        headers: dict[str, str] | None = None,
        rest: dict[str, Any] | None = None,
        fails_with: Exception | None = None,
        request: tuple[str, dict[str, Any]] = ("POST", {"json": {"query": VIEWER}}),
        **settings: Any,
    ) -> None:
        self.status, self.extensions = status, extensions
        self.headers, self.rest = headers or {}, rest or {}
        self.fails_with, self.request, self.settings = fails_with, request, settings


def posted(query: str, **headers: str) -> tuple[str, dict[str, Any]]:
    return "POST", {"json": {"query": query}, "headers": {"Accept": GRAPHQL, **headers}}


REQUEST_ID = {"requestId": "mine"}
CASES = {
    "BAD_REQUEST": Case(400, {}, request=("POST", {"json": {}})),
    "METHOD_NOT_ALLOWED": Case(405, {}, request=("PUT", {}), headers={"Allow": "GET, POST"}),
    "NOT_ACCEPTABLE": Case(406, {}, request=posted(VIEWER, Accept="text/plain")),
    "GRAPHQL_PARSE_FAILED": Case(400, {}, request=posted("{ { }"), rest=AT),
    "GRAPHQL_VALIDATION_FAILED": Case(400, {}, request=posted("{ nothing }"), rest=AT),
    "COST_LIMIT_EXCEEDED": Case(400, {"cost": 510202, "limit": 50000}, request=posted(COSTLY)),
    "BAD_USER_INPUT": Case(
        200,
        {"fields": [["first"]]},
        request=posted("{ viewer { sessions(first: -1) { totalCount } } }"),
        rest={"locations": [{"line": 1, "column": 12}], "path": ["viewer", "sessions"]},
    ),
    "UNAUTHENTICATED": Case(
        401,
        {},
        request=posted(VIEWER, **{"X-Recollect-Dev-User": "nobody"}),
        headers={"WWW-Authenticate": "Bearer"},
    ),
    "FORBIDDEN": Case(
        403,
        {},
        fails_with=Forbidden(),
        request=posted(PREFERENCES),
        rest={"locations": [{"line": 1, "column": 12}], "path": ["viewer", "preferences"]},
    ),
    "RATE_LIMITED": Case(429, {}, rate_limit=1, headers={"Retry-After": "60"}),
    "UNAVAILABLE": Case(
        503,
        REQUEST_ID,
        fails_with=StoreUnavailable(),
        request=posted(PREFERENCES),
        headers={"Retry-After": "5"},
        rest={"locations": [{"line": 1, "column": 12}], "path": ["viewer", "preferences"]},
    ),
    "INTERNAL": Case(
        200,
        REQUEST_ID,
        fails_with=ValueError("secret"),
        request=posted(PREFERENCES),
        rest={"locations": [{"line": 1, "column": 12}], "path": ["viewer", "preferences"]},
    ),
    "TRUSTED_DOCUMENT_REQUIRED": Case(400, {}, trusted=True),
    "PERSISTED_QUERY_NOT_FOUND": Case(
        400, {}, trusted=True, request=("POST", {"json": {"documentId": "sha256:0"}})
    ),
    "PERSISTED_QUERY_NOT_SUPPORTED": Case(
        400, {}, request=("POST", {"json": {"documentId": "sha256:0"}})
    ),
}


@pytest.fixture
async def answer(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.Response]:
    case: Case = request.param
    # The clock is frozen, because the retry time in an answer depends on the time since the last request.
    monkeypatch.setattr("recollect.app.Budgets", partial(Budgets, clock=Clock()))
    given = dict(case.settings)
    if given.pop("trusted", False):
        given["trusted_documents"] = tmp_path / "documents.json"
        given["trusted_documents"].write_text("{}")
    async with running(embedded_settings(tmp_path).model_copy(update=given)) as api:
        if case.fails_with is not None:
            failure = case.fails_with

            async def get(keys: object) -> None:
                raise failure

            monkeypatch.setattr(api.services.store, "get", get)
        if "rate_limit" in case.settings:
            await send(api)
        method, arguments = case.request
        arguments = {**arguments, "headers": {**arguments.get("headers", {})}}
        arguments["headers"]["X-Request-Id"] = "mine"
        yield await api.http.request(method, "/graphql", **arguments)


@pytest.mark.parametrize(
    ("answer", "code"),
    [pytest.param(case, code, id=code) for code, case in CASES.items()],
    indirect=["answer"],
)
def test_an_error_has_its_shape(answer: httpx.Response, code: str) -> None:
    case = CASES[code]
    assert answer.status_code == case.status
    (error,) = answer.json()["errors"]
    assert error.pop("message")
    assert error == {"extensions": {"code": code, **case.extensions}, **case.rest}
    assert {name: answer.headers[name] for name in case.headers} == case.headers


def test_every_code_has_its_row() -> None:
    # Downloads and lasting connections have their own codes, and their own tests.
    others = {"downloads.py", "sse.py", "websocket.py"}
    endpoint = [file for file in (ROOT / "recollect/http").glob("*.py") if file.name not in others]
    sources = [*endpoint, *(ROOT / "schema/validation").glob("*.py")]
    used = {
        node.value
        for source in sources
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"[A-Z_]{7,}", node.value)
    }
    assert used - {"RECOLLECT_TRUSTED_DOCUMENTS"} == CASES.keys()


async def test_an_unreachable_issuer_is_unavailable_and_no_open_door(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def authenticate(self: object, headers: object) -> None:
        raise IdentityUnavailable("Try again shortly.")

    async with for_strangers(tmp_path) as (api, _):
        monkeypatch.setattr(type(api.services.authenticator), "authenticate", authenticate)
        response = await send(api)
    assert response.status_code == 503
    assert response.headers["retry-after"] == "5"
    error = {"message": "Try again shortly.", "extensions": {"code": "UNAVAILABLE"}}
    assert response.json() == {"errors": [error]}


async def test_an_answer_without_errors_has_none(embedded: Api) -> None:
    assert json.loads((await send(embedded)).text).keys() == {"data", "extensions"}
