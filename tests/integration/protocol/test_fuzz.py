"""Any bytes, JSON, documents and headers get a clear answer, and never cause a failure."""

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.types import Message

from tests.integration.conftest import Api
from tests.integration.protocol.generated import JSON_VALUES, literal

FUZZ = settings(
    max_examples=250,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

pytestmark = pytest.mark.usefixtures("no_pauses")
PARAMETERS = ["query", "variables", "operationName", "extensions", "documentId"]
REQUESTS = st.dictionaries(st.sampled_from(PARAMETERS) | st.text(), JSON_VALUES, max_size=6)
WORDS = """
query mutation subscription fragment on F Viewer Query { } ( ) [ ] : $ ! = @ ... | & # $n Int
viewer id sessions session nodes edges node first last after search title __typename skip include
if true null 1 -1 1e9 1e999 99999999999 99999999999999999999999 "a" "" \"\"\"b\"\"\" "\\ud83d\\ude00"
createSession recordConversation input sessionId metadata updatePreferences
"""
DOCUMENTS = st.lists(st.sampled_from(WORDS.split()) | st.text(max_size=3), max_size=40).map(
    " ".join
)


MUTATIONS = st.sampled_from(
    [
        "mutation ($v: JSON) { createSession(input: {metadata: $v}) { session { metadata } } }",
        'mutation ($v: JSON) { recordConversation(input: {query: "q", citations: $v}) '
        "{ conversation { citations { data } } userErrors { message } } }",
        "query ($v: ID!) { node(id: $v) { id } }",
        "query ($v: Int) { viewer { sessions(first: $v) { totalCount } } }",
        "query ($v: String) { viewer { sessions(after: $v) { totalCount } } }",
        'query ($v: DateTime) { viewer { searchConversations(query: "q", filter: {since: $v}) '
        "{ nodes { snippet { text } } } } }",
        "mutation ($v: PreferencesInput!) { updatePreferences(input: {preferences: $v}) "
        "{ userErrors { message } } }",
    ]
)
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                b"content-type",
                b"accept",
                b"authorization",
                b"x-recollect-dev-user",
                b"origin",
                b"sec-fetch-site",
                b"x-request-id",
                b"traceparent",
                b"content-length",
                b"cookie",
                b"if-none-match",
                b"transfer-encoding",
            ]
        ),
        st.binary(max_size=30)
        | st.sampled_from(
            [
                b"application/json",
                b"application/json; charset",
                b"application/json;charset==;;",
                b"*/*;q=",
                b"*/*, ;q=1, text/html",
                b",,,",
                b"Bearer",
                b"Bearer a.b.c",
                b"-1",
                b"\xc2\xb2",
                b"http://[",
                b"null",
                b"same-origin",
                b"you@example.com",
                b"a@b",
                b"9" * 30,
            ]
        ),
    ),
    max_size=5,
)


async def deliver(
    api: Api,
    body: Iterable[bytes] = (),
    headers: Iterable[tuple[bytes, bytes]] = (),
    method: str = "POST",
    query_string: bytes = b"",
) -> dict[str, Any]:
    """The answer to a request that no client would send; asserts that it is well-formed."""
    chunks: list[Message] = [
        {"type": "http.request", "body": chunk, "more_body": True} for chunk in body
    ]
    chunks.append({"type": "http.request", "body": b"", "more_body": False})
    sent: list[Message] = []

    async def receive() -> Message:
        return chunks.pop(0) if chunks else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "root_path": "",
        "query_string": query_string,
        "headers": [(b"host", b"127.0.0.1"), *headers],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    await api.app(scope, receive, send)
    assert sent[0]["status"] < 500
    answer = dict(sent[0]["headers"])
    assert answer[b"x-request-id"]
    assert answer[b"cache-control"] == b"private, no-store"
    content = b"".join(message.get("body", b"") for message in sent[1:])
    if answer[b"content-type"].startswith(b"text/html"):
        return {}
    told: dict[str, Any] = json.loads(content)
    codes = {error["extensions"]["code"] for error in told.get("errors", ())}
    assert not codes & {"INTERNAL", "UNAVAILABLE"}
    return told


JSON_TYPE = [(b"content-type", b"application/json")]


@FUZZ
@given(st.lists(st.binary(max_size=200), max_size=4))
async def test_bytes(embedded: Api, chunks: list[bytes]) -> None:
    assert "errors" in await deliver(embedded, chunks, JSON_TYPE)


@FUZZ
@given(JSON_VALUES | REQUESTS)
async def test_json(embedded: Api, value: Any) -> None:
    await deliver(embedded, [json.dumps(value).encode()], JSON_TYPE)


@FUZZ
@given(DOCUMENTS)
async def test_documents(embedded: Api, document: str) -> None:
    await deliver(embedded, [json.dumps({"query": document}).encode()], JSON_TYPE)


@FUZZ
@given(MUTATIONS, JSON_VALUES)
async def test_variables(embedded: Api, document: str, value: Any) -> None:
    body = {"query": document, "variables": {"v": value}}
    await deliver(embedded, [json.dumps(body).encode()], JSON_TYPE)


@FUZZ
@given(JSON_VALUES)
async def test_literals(embedded: Api, value: Any) -> None:
    document = (
        f"mutation {{ createSession(input: {{metadata: {{v: {literal(value)}}}}}) "
        "{ session { metadata } } }"
    )
    await deliver(embedded, [json.dumps({"query": document}).encode()], JSON_TYPE)


@FUZZ
@given(HEADERS, st.sampled_from(["GET", "POST", "HEAD", "PURGE"]))
async def test_headers(embedded: Api, headers: list[tuple[bytes, bytes]], method: str) -> None:
    await deliver(embedded, [b'{"query": "{ viewer { id } }"}'], headers, method)


@FUZZ
@given(
    st.binary(max_size=100)
    | st.lists(st.tuples(st.sampled_from(PARAMETERS), st.text(max_size=10)), max_size=6).map(
        lambda pairs: "&".join(f"{name}={value}" for name, value in pairs).encode()
    )
)
async def test_query_strings(embedded: Api, query_string: bytes) -> None:
    assert "errors" in await deliver(embedded, method="GET", query_string=query_string)


NESTED: dict[str, Callable[[int], str]] = {
    "arrays": lambda depth: "[" * depth + "]" * depth,
    "objects": lambda depth: '{"a":' * depth + "1" + "}" * depth,
    "variable": lambda depth: (
        '{"query": "query ($v: JSON) { __typename }", "variables": {"v": '
        + "[" * depth
        + "]" * depth
        + "}}"
    ),
    "metadata": lambda depth: (
        '{"query": "mutation ($kept: JSON!) { updateSessionMetadata(input: {sessionId: '
        '\\"Session.a\\", metadata: $kept}) { userErrors { code } } }", "variables": {"kept": '
        + '{"a":' * depth
        + "1"
        + "}" * depth
        + "}}"
    ),
    "selections": lambda depth: json.dumps({"query": "{a" * depth + "}" * depth}),
    "literal": lambda depth: json.dumps(
        {
            "query": "mutation { createSession(input: {metadata: "
            + "[" * depth
            + "]" * depth
            + "}) { session { id } } }"
        }
    ),
}


@pytest.mark.parametrize("depth", [10, 100, 254, 255, 256, 1010, 1023, 1024, 1025, 100_000])
@pytest.mark.parametrize("nested", NESTED.values(), ids=NESTED)
async def test_nesting(embedded: Api, nested: Callable[[int], str], depth: int) -> None:
    await deliver(embedded, [nested(depth).encode()], JSON_TYPE)
