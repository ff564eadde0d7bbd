"""Traces of a server process follow one recorded turn from its request to its row."""

import signal
import time
from pathlib import Path

import duckdb
import httpx

from tests.e2e.stack import Stack
from tests.otlp import Receiver, receiver

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
RECORD = """mutation Ask($input: RecordConversationInput!) {
    recordConversation(input: $input) { session { id } conversation { id } } }"""
QUESTION, USER = "sphinx of black quartz", "anna@example.com"


def ask(stack: Stack) -> None:
    answer = httpx.post(
        f"http://127.0.0.1:{stack.api_port}/graphql?secret-query",
        json={"query": RECORD, "variables": {"input": {"query": QUESTION}}},
        headers={"X-Recollect-Dev-User": USER, "traceparent": f"00-{TRACE}-{CALLER}-01"},
        timeout=60,
    )
    assert answer.json()["data"]["recordConversation"]["session"]["id"]
    metrics = f"http://127.0.0.1:{stack.api_port}/metrics"
    while "recollect_exporter_marks_total 1.0" not in httpx.get(metrics, timeout=60).text:
        time.sleep(0.05)


def row(stack: Stack) -> tuple[str, ...]:
    """The ids of the turn in the warehouse."""
    with duckdb.connect(str(stack.folder / "data" / "warehouse.duckdb"), read_only=True) as file:
        rows = file.execute(
            "SELECT conversation_id, session_id, uid FROM conversation_history WHERE query = ?",
            [QUESTION],
        )
        (found,) = rows.fetchall()
    return tuple(found)


def test_a_turn_is_followed_from_its_request_to_its_row(tmp_path: Path) -> None:
    with receiver() as traces:
        stack = Stack(tmp_path, **traces.environment)
        with stack.serving() as process:
            ask(stack)
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
        check(traces, row(stack))


def check(traces: Receiver, private: tuple[str, ...]) -> None:
    request, operation = traces.one("POST /graphql"), traces.one("mutation Ask")
    assert (request.trace_id, request.parent_id) == (TRACE, CALLER)
    assert request.service == "recollect-api"
    assert request.attributes == {
        "http.request.method": "POST",
        "http.route": "/graphql",
        "http.response.status_code": 200,
        "url.scheme": "http",
    }
    assert (operation.trace_id, operation.parent_id) == (TRACE, request.span_id)
    assert operation.attributes == {
        "graphql.operation.type": "mutation",
        "graphql.operation.name": "Ask",
        "recollect.outcome": "ok",
    }
    assert traces.below(operation) == ["store get", "store commit"]
    (commit,) = (span for span in traces.spans("store commit") if span.trace_id == TRACE)
    assert commit.attributes == {
        "db.system.name": "sqlite",
        "db.operation.name": "commit",
        "db.operation.batch.size": 4,
    }
    export = traces.one("export")
    assert export.links == {(TRACE, operation.span_id)}
    assert export.parent_id == ""
    assert export.attributes == {"messaging.batch.message_count": 1}
    append = traces.one("warehouse append")
    assert (append.trace_id, append.parent_id) == (export.trace_id, export.span_id)
    assert append.attributes["db.operation.batch.size"] == 3
    assert not any(span.failed for span in traces.spans())
    sent = b"".join(traces.bodies)
    for each in (*private, QUESTION, USER, "secret-query", "recordConversation"):
        assert each.encode() not in sent
