"""The contents of log entries, including those about uncaught failures."""

import asyncio
import gc
import json
import logging
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from recollect.logs import GoogleFormatter, JsonFormatter
from recollect.settings.logs import LogSettings

WRITTEN = "what a user wrote"


async def _fail(_: str) -> None:
    raise KeyError(WRITTEN)


def _broken(_: str) -> None:
    raise KeyError(WRITTEN)


async def _abandon() -> None:
    await asyncio.wait([asyncio.create_task(_fail(WRITTEN))])


async def _call_back() -> None:
    asyncio.get_running_loop().call_soon(_broken, WRITTEN)
    await asyncio.sleep(0)


@pytest.mark.parametrize("happening", [_abandon, _call_back])
def test_a_failure_that_asyncio_tells_of_is_told_without_what_it_was_about(
    happening: Callable[[], Coroutine[None, None, None]], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "asyncio"):
        # Since Python 3.13, the message has the arguments only in debug mode.
        asyncio.run(happening(), debug=True)
        gc.collect()
    (record,) = (each for each in caplog.records if each.name == "asyncio")
    assert WRITTEN in record.getMessage()
    line = JsonFormatter().format(record)
    assert WRITTEN not in line
    entry = json.loads(line)
    assert entry["error"] == "KeyError"
    assert entry["message"] in (
        "Task exception was never retrieved",
        "Exception in callback _broken",
    )


def entry_of(formatter: logging.Formatter, **extra: object) -> Any:
    record = logging.makeLogRecord(
        {"name": "recollect.http", "levelname": "INFO", "msg": "request", "created": 1767225600.5}
        | extra
    )
    return json.loads(formatter.format(record))


OF_REQUEST = {
    "request_id": "mine",
    "trace_id": "a" * 32,
    "span_id": "b" * 16,
    "trace_sampled": True,
    "method": "POST",
    "path": "/graphql",
    "status": 200,
    "ms": 12.3,
    "request_bytes": 70,
    "response_bytes": 5000,
}


def test_cloud_logging_finds_its_own_fields() -> None:
    assert entry_of(GoogleFormatter("my-project"), **OF_REQUEST, code=7) == {
        "time": "2026-01-01T00:00:00.500000+00:00",
        "severity": "INFO",
        "message": "request",
        "logging.googleapis.com/trace": f"projects/my-project/traces/{'a' * 32}",
        "logging.googleapis.com/spanId": "b" * 16,
        "logging.googleapis.com/trace_sampled": True,
        "logging.googleapis.com/labels": {"logger": "recollect.http", "request_id": "mine"},
        "httpRequest": {
            "requestMethod": "POST",
            "requestUrl": "/graphql",
            "status": 200,
            "latency": "0.0123s",
            "requestSize": "70",
            "responseSize": "5000",
        },
        "code": 7,
    }


def test_an_entry_without_request_or_project_has_neither() -> None:
    entry = entry_of(
        GoogleFormatter(None), levelname="CRITICAL", trace_id="a", span_id="b", trace_sampled=1
    )
    assert entry["severity"] == "CRITICAL"
    assert set(entry) == {"time", "severity", "message", "logging.googleapis.com/labels"}


def test_other_logs_keep_their_fields() -> None:
    entry = entry_of(JsonFormatter(), **OF_REQUEST)
    assert entry == OF_REQUEST | {
        "time": "2026-01-01T00:00:00.500000+00:00",
        "level": "info",
        "logger": "recollect.http",
        "message": "request",
    }


@pytest.mark.parametrize(
    ("environment", "google"),
    [
        ({}, False),
        ({"K_SERVICE": "recollect-api"}, True),
        ({"CLOUD_RUN_JOB": "recollect-sweep"}, True),
        ({"K_SERVICE": "recollect-api", "RECOLLECT_LOG_FORMAT": "json"}, False),
        ({"RECOLLECT_LOG_FORMAT": "Google"}, True),
    ],
)
def test_the_form_follows_the_place_unless_it_is_set(
    environment: dict[str, str], google: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert LogSettings(_env_prefix="RECOLLECT_").logs_for_google is google
