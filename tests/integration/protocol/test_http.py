"""GraphQL over HTTP beyond the audits: formats, methods, parameters, headers."""

import json
import logging

import pytest

from recollect.http import middleware
from stores.errors import StoreUnavailable
from tests.integration.conftest import Api
from tests.integration.protocol.protocol import GRAPHQL, JSON, VIEWER, codes, fetch, send

COUNT = "{ viewer { sessions { totalCount } } }"
CREATE = "mutation { createSession(input: {}) { session { id } } }"

FORMATS = {
    GRAPHQL: GRAPHQL,
    JSON: JSON,
    "*/*": JSON,
    "application/*": JSON,
    f"{GRAPHQL}, {JSON};q=0.9": GRAPHQL,
    f"{JSON}, {GRAPHQL};q=0.9": JSON,
    f"{JSON};q=0.5, {GRAPHQL};q=0.6": GRAPHQL,
    f"{JSON}, {GRAPHQL}": JSON,
    f"{GRAPHQL}, {JSON}": GRAPHQL,
    f"{JSON};q=0, */*": GRAPHQL,
    f"text/html, {GRAPHQL};charset=UTF-8": GRAPHQL,
    f"{GRAPHQL};charset=latin-1, {JSON}": JSON,
    f"{GRAPHQL};q=nan, {JSON}": JSON,
    "APPLICATION/JSON": JSON,
}


@pytest.mark.parametrize(("accept", "expected"), FORMATS.items(), ids=FORMATS)
async def test_an_answer_has_the_best_format_the_caller_accepts(
    embedded: Api, accept: str, expected: str
) -> None:
    response = await send(embedded, accept=accept)
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{expected}; charset=utf-8"


@pytest.mark.parametrize(
    "accept", ["text/plain", f"{JSON};q=0", f"{JSON};charset=latin-1", "application/xml, image/*"]
)
async def test_a_caller_who_accepts_no_format_of_ours_is_told(embedded: Api, accept: str) -> None:
    response = await send(embedded, CREATE, accept=accept)
    assert response.status_code == 406
    assert codes(response) == ["NOT_ACCEPTABLE"]
    assert (await embedded.call(COUNT))["viewer"]["sessions"]["totalCount"] == 0


BAD_DOCUMENTS = {
    "syntax": "{",
    "validation": "{ nothing }",
    "two operations": "query A { __typename } query B { __typename }",
    "no operation": "fragment A on Viewer { id }",
    "too deep": "{ a { " * 20 + "}" * 40,
    "missing variable": "query ($id: ID!) { node(id: $id) { id } }",
}


@pytest.mark.parametrize("document", BAD_DOCUMENTS.values(), ids=BAD_DOCUMENTS)
async def test_a_request_that_does_not_run_has_no_data_and_the_status_of_its_format(
    embedded: Api, document: str
) -> None:
    for accept, status in ((GRAPHQL, 400), (JSON, 200), ("*/*", 400)):
        response = await send(embedded, document, accept=accept)
        assert response.status_code == status
        assert "data" not in response.json()
        assert codes(response)


async def test_one_of_several_operations_runs_by_its_name(embedded: Api) -> None:
    document = "query A { __typename } query B { viewer { __typename } }"
    response = await embedded.http.post("/graphql", json={"query": document, "operationName": "B"})
    assert response.json()["data"] == {"viewer": {"__typename": "Viewer"}}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "PURGE"])
async def test_other_methods_are_refused_with_those_that_are_not(
    embedded: Api, method: str
) -> None:
    response = await embedded.http.request(method, "/graphql", json={"query": VIEWER})
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"


async def test_a_query_can_be_sent_by_get(embedded: Api) -> None:
    session = (await embedded.record("Hello"))["session"]
    document = "query A { __typename } query B($id: ID!) { node(id: $id) { id } }"
    response = await embedded.http.get(
        "/graphql",
        params={
            "query": document,
            "operationName": "B",
            "variables": json.dumps({"id": session["id"]}),
            "extensions": "{}",
        },
        headers={"X-Recollect-Dev-User": "anna@example.com"},
    )
    assert response.json()["data"] == {"node": {"id": session["id"]}}


async def test_a_mutation_by_get_is_refused_and_changes_nothing(embedded: Api) -> None:
    for accept in (GRAPHQL, JSON, "*/*"):
        response = await fetch(embedded, {"Accept": accept}, query=CREATE)
        assert response.status_code == 405
        assert response.headers["allow"] == "POST"
    assert (await embedded.call(COUNT))["viewer"]["sessions"]["totalCount"] == 0


PARAMETERS = {
    "variables no JSON": "variables={",
    "variables no object": "variables=[]",
    "extensions no JSON": "extensions=x",
    "twice": "variables={}&variables={}",
    "no query": "query=",
}


@pytest.mark.parametrize("given", PARAMETERS.values(), ids=PARAMETERS)
async def test_bad_parameters_of_a_get_are_told(embedded: Api, given: str) -> None:
    query = "" if "query" in given else "query={__typename}&"
    response = await embedded.http.get(f"/graphql?{query}{given}")
    assert response.status_code == 400
    assert codes(response) == ["BAD_REQUEST"]


@pytest.mark.parametrize(
    ("media_type", "status"),
    [
        ('application/json; charset="UTF-8"', 200),
        ("application/json;charset=utf8", 200),
        ("application/json; charset=latin-1", 415),
        ("application/json; charset=utf-16", 415),
        ("application/jsonp", 415),
        ("application/x-www-form-urlencoded", 415),
    ],
)
async def test_a_body_is_json_in_utf8(embedded: Api, media_type: str, status: int) -> None:
    response = await embedded.http.post(
        "/graphql", content=json.dumps({"query": VIEWER}), headers={"Content-Type": media_type}
    )
    assert response.status_code == status


async def test_a_browser_gets_graphiql_from_get_alone(embedded: Api) -> None:
    page = await embedded.http.get("/graphql", headers={"Accept": "text/html,*/*;q=0.8"})
    assert page.headers["content-type"].startswith("text/html")
    assert "graphiql" in page.text
    answer = await send(embedded, accept="text/html,*/*;q=0.8")
    assert answer.headers["content-type"].startswith(JSON)


async def test_the_root_says_where_the_api_is(embedded: Api) -> None:
    answer = await embedded.http.get("/")
    assert answer.json() == {"service": "recollect", "graphql": "/graphql"}

    for_people = await embedded.http.get("/", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (for_people.is_redirect, for_people.headers["location"]) == (True, "/graphql")


@pytest.mark.parametrize(
    "path", ["/graphql", "/graphql?query={viewer{id}}", "/healthz", "/nothing"]
)
async def test_no_answer_may_be_kept_by_a_cache(embedded: Api, path: str) -> None:
    assert (await embedded.http.get(path)).headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize("given", ["abc-123", "A.b_c", "x" * 64])
async def test_the_callers_request_id_is_kept(embedded: Api, given: str) -> None:
    assert (await send(embedded, x_request_id=given)).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\tb", "<b>", "-a", 'a"b'])
async def test_a_malformed_request_id_is_replaced(embedded: Api, given: str) -> None:
    made = (await send(embedded, x_request_id=given)).headers["x-request-id"]
    assert made != given
    assert len(made) == 16


TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize(
    ("traceparent", "trace_id"),
    [
        (f"00-{TRACE}-00f067aa0ba902b7-01", TRACE),
        (f"00-{TRACE}-0000000000000000-01", None),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", None),
        (f"ff-{TRACE}-00f067aa0ba902b7-01", None),
        ("anna@example.com", None),
    ],
)
async def test_a_requests_log_entry_has_its_ids_and_nothing_of_its_text(
    embedded: Api, caplog: pytest.LogCaptureFixture, traceparent: str, trace_id: str | None
) -> None:
    with caplog.at_level(logging.INFO, "recollect"):
        await send(embedded, "{ secret }", x_request_id="mine", traceparent=traceparent)
    (entry,) = [vars(record) for record in caplog.records if record.message == "request"]
    assert (entry["request_id"], entry.get("trace_id")) == ("mine", trace_id)
    assert entry["status"] == 400
    assert "secret" not in str(entry)
    assert "anna" not in str(entry)


async def test_an_answer_in_which_only_an_outage_could_be_told_is_503_where_status_counts(
    embedded: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def get(keys: object) -> None:
        raise StoreUnavailable("the store does not answer")

    monkeypatch.setattr(embedded.services.store, "get", get)
    document = "{ viewer { preferences { languagePreference } } }"
    for accept, status in ((GRAPHQL, 503), ("*/*", 503), (JSON, 200)):
        response = await send(embedded, document, accept=accept)
        assert response.status_code == status
        assert codes(response) == ["UNAVAILABLE"]
        assert ("data" in response.json()) == (status == 200)
        assert response.headers.get("retry-after") == ("5" if status == 503 else None)
    partly = await send(embedded, '{ viewer { id } node(id: "Session.a") { id } }', accept=GRAPHQL)
    assert partly.status_code == 200
    assert partly.json()["data"]["viewer"]["id"]


async def test_a_failure_outside_of_any_operation_is_masked(
    embedded: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def authenticate(headers: object) -> None:
        raise ValueError("secret of anna@example.com")

    monkeypatch.setattr(type(embedded.services.authenticator), "authenticate", authenticate)
    response = await send(embedded, x_request_id="mine")
    assert response.status_code == 500
    assert codes(response) == ["INTERNAL"]
    assert response.headers["x-request-id"] == "mine"
    told = [each for each in caplog.records if each.name == middleware.__name__]
    (entry,) = [vars(each) for each in told if each.levelno >= logging.ERROR]
    assert entry["request_id"] == "mine"
    assert "secret" not in response.text + str(entry)
