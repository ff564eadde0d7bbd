"""Metrics show the health of the service to those they are meant for, and contain nothing about a user."""

import asyncio
import re
import socket
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from analytics.mirror.progress import Progress
from recollect import mirror_lag
from recollect.metrics.mirror import MirrorCollector
from recollect.metrics.process import Metrics
from recollect.metrics.server import metrics_served
from recollect.mirror_lag import Mirror, MirrorState, mirror_state
from recollect.services import open_store
from recollect.settings.errors import SettingsError
from recollect.settings.settings import Settings
from stores.errors import StoreUnavailable
from stores.keys import mark_key
from stores.mirror_records import ExportMark
from stores.ports import Create
from tests.e2e.ports import free_port
from tests.integration.conftest import ANNA, Api, running

ROOT = Path(__file__).parents[3]
RULES, OBJECTIVES = ROOT / "deploy" / "alerts.yaml", ROOT / "docs" / "slo.md"
OIDC: dict[str, Any] = {
    "identity": "oidc",
    "oidc_issuer": "https://issuer.example",
    "oidc_audience": "recollect",
    "id_key": "k" * 32,
}


async def page(api: Api) -> str:
    answer = await api.http.get("/metrics")
    assert answer.status_code == 200
    return answer.text


def value(text: str, name: str, **labels: str) -> float:
    """A sample, 0 if there is none."""
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


async def eventually(api: Api, name: str, wanted: float) -> str:
    for _ in range(300):
        text = await page(api)
        if value(text, name) >= wanted:
            return text
        await asyncio.sleep(0.1)
    raise AssertionError(f"{name} stays below {wanted}")


async def test_operations_are_counted_by_kind_and_outcome(embedded: Api) -> None:
    await embedded.record("What is rain?")
    await embedded.call("{ viewer { email } }")
    await embedded.errors("{ viewer { nothing } }")
    await embedded.errors(
        '{ viewer { session(id: "x") { conversations(last: -1) { nodes { id } } } } }'
    )
    text = await page(embedded)
    counted = "recollect_operation_seconds_count"
    assert value(text, counted, kind="mutation", outcome="ok") == 1
    assert value(text, counted, kind="query", outcome="ok") >= 1
    assert value(text, counted, kind="none", outcome="refused") >= 1
    assert value(text, counted) == 4
    assert value(text, "recollect_operation_seconds_sum") > 0


async def test_an_outage_is_told_from_a_mistake(
    embedded: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(*_: object) -> None:
        raise StoreUnavailable("no answer")

    monkeypatch.setattr(type(embedded.services.store._part), "get", down)  # type: ignore[attr-defined]
    embedded.services.store.__dict__.pop("get", None)
    await embedded.errors("{ viewer { sessions { nodes { id } } } }")
    text = await page(embedded)
    assert value(text, "recollect_operation_seconds_count", outcome="unavailable") == 1
    calls = {"part": "store", "call": "get", "outcome": "StoreUnavailable"}
    assert value(text, "recollect_call_seconds_count", **calls) >= 1


async def test_calls_of_store_and_warehouse_are_counted(embedded: Api) -> None:
    await embedded.record("What is rain?")
    text = await eventually(embedded, "recollect_exporter_rows_total", 3)
    calls = "recollect_call_seconds_count"
    assert value(text, calls, part="store", call="commit", outcome="ok") >= 2
    assert value(text, calls, part="store", call="scan_marks", outcome="ok") >= 1
    assert value(text, calls, part="warehouse", call="append", outcome="ok") >= 1


async def test_the_exporter_beside_the_api_tells_what_it_did(embedded: Api) -> None:
    await embedded.record("What is rain?")
    text = await eventually(embedded, "recollect_exporter_marks_total", 1)
    assert value(text, "recollect_exporter_bytes_total") > 0
    assert value(text, "recollect_exporter_last_success_timestamp_seconds") > 1_700_000_000
    assert value(text, "recollect_exporter_circuit_open") == 0


async def test_metrics_hold_nothing_of_a_user(embedded: Api) -> None:
    recorded = await embedded.record("secretly asked", clientId="my-own-id")
    await embedded.http.get("/nowhere/secretly-asked")
    await embedded.http.get("/downloads/secret-link")
    text = await page(embedded)
    for private in ("secret", "my-own-id", ANNA, "anna", recorded["session"]["id"]):
        assert private not in text
    routes = set(re.findall(r'route="([^"]*)"', text))
    assert routes == {"/graphql", "/downloads", "other"}


async def test_strangers_get_no_metrics_from_the_api(tmp_path: Path) -> None:
    async with running(Settings(data_dir=tmp_path, **OIDC)) as api:
        assert (await api.http.get("/metrics")).status_code == 404


async def test_metrics_are_served_on_a_port_of_their_own(tmp_path: Path) -> None:
    port = free_port()
    async with (
        running(Settings(data_dir=tmp_path, metrics_port=port, **OIDC)),
        httpx.AsyncClient() as http,
    ):
        answer = await http.get(f"http://127.0.0.1:{port}/metrics", timeout=30)
        assert value(answer.text, "process_start_time_seconds") > 0
        assert "recollect_mirror_lag_seconds 0.0" in answer.text
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


async def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = Settings(data_dir=tmp_path, metrics_port=taken.getsockname()[1])
        with pytest.raises(SettingsError, match="RECOLLECT_METRICS_PORT"):
            async with metrics_served(settings, Metrics()):
                pass


async def test_without_a_store_there_is_no_lag(embedded: Api) -> None:
    class Down:
        async def scan_marks(self, *_: object) -> None:
            raise StoreUnavailable("no answer")

        scan = scan_marks

    metrics = Metrics()
    metrics.registry.register(MirrorCollector(Mirror(Down()), Progress()))  # type: ignore[arg-type]
    answer = await metrics.get(None)  # type: ignore[arg-type]
    text = bytes(answer.body).decode()
    assert "recollect_mirror_lag_seconds" not in text
    assert "recollect_exporter_rows_total 0.0" in text


async def test_the_lag_is_the_age_of_the_oldest_mark_of_all_users(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror_lag, "COUNTED", 32)
    store = await open_store(settings)
    assert await mirror_state(store) == mirror_lag.MirrorState(0, 0, 0)
    uids = ["f" * 8, *[f"0{n:07}" for n in range(40)]]
    for uid in uids:
        mark = ExportMark(uid=uid, mark_id="m", changes=[])
        await store.commit([Create(mark_key(uid, "m"), mark)])
    first, *_, latest = [
        (await store.list_marks(uid, 1))[0].update_time / 1_000_000 for uid in uids
    ]
    assert first < latest
    before = time.time()
    state = await mirror_state(store)
    assert time.time() - first >= state.lag >= before - first
    assert state.pending == 32
    await store.close()


async def test_readiness_tells_the_lag_and_does_not_fail_for_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror_lag, "DEGRADED_SECONDS", 5.0)
    monkeypatch.setattr(mirror_lag, "REMEMBERED_SECONDS", 0.0)
    async with running(settings) as api:
        await api.services.warehouse.init()
        fine = await api.http.get("/readyz")
        assert fine.json() == {
            "store": "ok",
            "warehouse": "ok",
            "mirror": {"status": "ok", "lagSeconds": 0},
        }

        async def late(_: object) -> MirrorState:
            return MirrorState(lag=7.4, pending=3, dead_letters=0)

        monkeypatch.setattr(mirror_lag, "mirror_state", late)
        behind = await api.http.get("/readyz")
        assert behind.status_code == 200
        assert behind.json()["mirror"] == {"status": "degraded", "lagSeconds": 7}

        async def down(_: object) -> MirrorState:
            raise StoreUnavailable("no answer")

        monkeypatch.setattr(mirror_lag, "mirror_state", down)
        assert (await api.http.get("/readyz")).json()["mirror"] == {"status": "unknown"}


async def test_every_metric_and_label_of_alerts_and_objectives_exists(embedded: Api) -> None:
    await embedded.record("What is rain?")
    text = await eventually(embedded, "recollect_exporter_rows_total", 3)
    labels: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels.setdefault(sample.name, {"instance", "job"}).update(sample.labels)
    groups = yaml.safe_load(RULES.read_text())["groups"]
    rules = {rule["alert"]: rule for group in groups for rule in group["rules"]}
    assert len(rules) == sum(len(group["rules"]) for group in groups) >= 20
    for rule in rules.values():
        assert rule.keys() == {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in {"warning", "critical"}
    objectives = re.findall(r"```promql\n(.*?)```", OBJECTIVES.read_text(), re.DOTALL)
    assert len(objectives) == 7
    for query in [*objectives, *(rule["expr"] for rule in rules.values())]:
        metrics = re.findall(r"recollect_\w+", query)
        matched = re.findall(r"(\w+)=~?", query)
        grouped = re.findall(r"by \((\w+)\)", query)
        assert metrics
        for metric in metrics:
            assert {*matched, *grouped} - {"le"} <= labels[metric], query
    for bound in ("1.0", "2.5", "5.0"):
        assert f'le="{bound}"' in text
    assert set(re.findall(r"`(Recollect\w+)`", OBJECTIVES.read_text())) <= set(rules)
    assert {name for name in rules if "Burns" in name} <= set(
        re.findall(r"`(Recollect\w+)`", OBJECTIVES.read_text())
    )
