"""Traces: which spans exist, how they are related, and that they cost nothing when they are off."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from recollect.notifier import notify
from recollect.settings.errors import SettingsError
from recollect.sweeper import sweep_services
from recollect.tracing import Tracing, load_tracing
from recollect.tracing.setup import wanted
from stores.errors import StoreUnavailable
from tests.integration.conftest import ANNA, Api, embedded_settings, running
from tests.integration.live.live_server import SESSION_CHANGES, served
from tests.otlp import Receiver, receiver

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SAMPLED, UNSAMPLED = (f"00-{TRACE}-{CALLER}-{flags}" for flags in ("01", "00"))
SESSIONS = "query Sessions { viewer { sessions { nodes { id } } } }"


@pytest.fixture
def traces(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """The traces of everything that starts from now on. They are complete once it has ended."""
    with receiver() as received:
        for name, value in received.environment.items():
            monkeypatch.setenv(name, value)
        yield received


async def send(api: Api, document: str, traceparent: str) -> httpx.Response:
    headers = {"X-Recollect-Dev-User": ANNA, "traceparent": traceparent}
    return await api.http.post("/graphql", json={"query": document}, headers=headers)


async def mirrored(api: Api, marks: int = 1) -> None:
    for _ in range(3000):
        if api.services.progress.marks >= marks:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("not mirrored")


async def test_operations_of_a_websocket_have_spans(traces: Receiver, tmp_path: Path) -> None:
    async with served(embedded_settings(tmp_path)) as api, api.socket() as socket:
        await socket.subscribe(SESSIONS)
        assert (await socket.receive())["type"] == "next"
        assert (await socket.receive())["type"] == "complete"
        await socket.begin(SESSION_CHANGES.replace("subscription", "subscription Follow"))
        await api.record("What is rain?")
        assert (await socket.change())["kind"] == "CHANGED"
    asked, followed = traces.one("query Sessions"), traces.one("subscription Follow")
    assert asked.parent_id == followed.parent_id == ""
    assert asked.trace_id != followed.trace_id
    assert "store list_session_rows" in traces.below(asked)
    assert "store list_changed" in traces.below(followed)
    assert followed.attributes["recollect.outcome"] == "ok"
    assert not followed.failed


async def test_operations_as_events_have_spans_below_their_request(
    traces: Receiver, tmp_path: Path
) -> None:
    async with (
        served(embedded_settings(tmp_path)) as api,
        api.events(
            SESSION_CHANGES.replace("subscription", "subscription Follow"),
            headers={"traceparent": SAMPLED},
        ) as events,
    ):
        assert (await events.change())["kind"] == "BEGUN"
    request, followed = traces.one("POST /graphql"), traces.one("subscription Follow")
    assert (request.trace_id, request.parent_id) == (TRACE, CALLER)
    assert (followed.trace_id, followed.parent_id) == (TRACE, request.span_id)


async def test_several_writes_are_linked_from_the_export_that_takes_them(
    traces: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(embedded_settings(tmp_path)) as api:
        for number in range(3):
            await api.record(f"What is rain {number}?")
        await mirrored(api, 3)
    written = {(span.trace_id, span.span_id) for span in traces.spans("mutation")}
    assert len(written) == 3
    assert {link for span in traces.spans("export") for link in span.links} == written


async def test_where_the_caller_s_trace_is_not_taken_nothing_is(
    traces: Receiver, tmp_path: Path
) -> None:
    async with running(embedded_settings(tmp_path)) as api:
        await send(
            api, 'mutation { createSession(input: {title: "A"}) { session { id } } }', UNSAMPLED
        )
        await mirrored(api)
    assert [span.name for span in traces.spans() if span.name not in ("sweep", "mails")] == []


async def test_probes_have_no_span(traces: Receiver, tmp_path: Path) -> None:
    async with running(embedded_settings(tmp_path)) as api:
        for path in ("/healthz", "/readyz"):
            answer = await api.http.get(path, headers={"traceparent": SAMPLED})
            assert answer.status_code == 200
        await send(api, SESSIONS, SAMPLED)
    operation = traces.one("query Sessions")
    spans = [span for span in traces.spans() if span.trace_id == TRACE and span != operation]
    assert {
        (span.name, span.parent_id) for span in spans if span.name.startswith(("GET", "POST"))
    } == {("POST /graphql", CALLER)}
    # Nor do the calls that a probe makes.
    assert {span.parent_id for span in spans} == {CALLER, operation.span_id}


async def test_a_failure_is_told_by_its_type_alone(
    traces: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(*_: object, **__: object) -> None:
        raise StoreUnavailable("anna's chats did not answer")

    async with running(embedded_settings(tmp_path)) as api:
        monkeypatch.setattr("stores.sqlite.store.SQLiteStore.list_session_rows", down)
        await send(api, SESSIONS, SAMPLED)
        await send(api, "query Wrong { nothing }", SAMPLED)
        await api.http.get("/downloads/secret-link", headers={"traceparent": SAMPLED})
    call, operation = traces.one("store list_session_rows"), traces.one("query Sessions")
    assert (call.failed, call.attributes["error.type"]) == (True, "StoreUnavailable")
    assert (operation.failed, operation.attributes["recollect.outcome"]) == (True, "unavailable")
    refused = traces.one("query Wrong")
    assert (refused.failed, refused.attributes["recollect.outcome"]) == (False, "refused")
    assert traces.one("GET /downloads").attributes["http.response.status_code"] == 403
    assert {span.message for span in traces.spans()} == {""}
    sent = b"".join(traces.bodies)
    assert b"anna" not in sent
    assert b"secret-link" not in sent


async def test_sweeps_and_mails_are_spans_of_their_own(traces: Receiver, tmp_path: Path) -> None:
    async with running(embedded_settings(tmp_path)) as api:
        await api.record("What is rain?")
        await sweep_services(api.services)
        await notify(api.services)
    assert {span.parent_id for name in ("sweep", "mails") for span in traces.spans(name)} == {""}
    assert {span.service for span in traces.spans()} == {"recollect-api"}


async def test_logs_of_a_request_name_its_span(
    traces: Receiver, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "recollect")
    async with running(embedded_settings(tmp_path)) as api:
        await api.call(SESSIONS)
    (entry,) = (each for each in caplog.records if each.message == "request")
    request = traces.one("POST /graphql")
    assert (entry.method, entry.path, entry.status) == ("POST", "/graphql", 200)  # type: ignore[attr-defined]
    assert 0 < entry.request_bytes < entry.response_bytes  # type: ignore[attr-defined]
    assert (entry.trace_id, entry.span_id) == (request.trace_id, request.span_id)  # type: ignore[attr-defined]


async def test_a_service_is_named_by_the_environment(
    traces: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "chats")
    async with running(embedded_settings(tmp_path)) as api:
        await api.call(SESSIONS)
    assert traces.one("POST /graphql").service == "chats"


@pytest.mark.parametrize(
    ("environment", "on"),
    [
        ({}, False),
        ({"OTEL_SERVICE_NAME": "chats"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, False),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://a:1"}, False),
        ({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, True),
    ],
)
def test_traces_are_asked_for_by_the_standard_variables(
    environment: dict[str, str], on: bool
) -> None:
    assert wanted(environment) is on


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        wanted({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", name: value})


def test_without_traces_nothing_is_wrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    tracing, part = load_tracing("recollect"), object()
    assert type(tracing) is Tracing
    given: Any = part
    assert tracing.store(given, "sqlite") is part
    assert tracing.warehouse(given, "duckdb") is part
    assert tracing.operations(given) is part


def test_without_traces_neither_the_sdk_nor_its_exporter_is_loaded(tmp_path: Path) -> None:
    program = f"""
import asyncio, sys
from pathlib import Path
from tests.integration.conftest import embedded_settings, running
async def main():
    async with running(embedded_settings(Path({str(tmp_path)!r}))) as api:
        await api.record("What is rain?")
asyncio.run(main())
print([name for name in sys.modules if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter"))])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
