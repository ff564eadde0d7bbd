"""The audit log has exports, erasures, failures to sign in and administrators' reads, and no text."""

import logging
from pathlib import Path
from typing import Any

import pytest

from recollect.settings.settings import Settings
from resolvers.audit import LOGGER
from tests.integration.conftest import ANNA, Api, running

ADMIN = "admin@example.com"
INSIGHTS = """{ insights(range: {since: "2026-01-01T00:00:00Z", until: "2026-02-01T00:00:00Z"}) { turns } }"""


async def uid(api: Api, user: str) -> str:
    found = await api.call("{ viewer { id } }", user)
    return str(found["viewer"]["id"].removeprefix("Viewer."))


async def test_the_audit_log_tells_who_did_what_and_nothing_of_what_was_written(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(Settings(data_dir=tmp_path, admins=ADMIN)) as api:
        anna, admin = await uid(api, ANNA), await uid(api, ADMIN)
        await api.record("Annas secret", ANNA)
        exported = await api.mutate("exportSessions", "download { url }", format="CSV")
        await api.http.get(exported["download"]["url"])
        await api.mutate("exportMyData", "download { url }")
        await api.mutate("eraseMyData", "", confirm=True)
        await api.post(INSIGHTS, ADMIN)
        await api.post(INSIGHTS, ANNA)
        await api.http.get(
            "/graphql?query={viewer{id}}", headers={"Authorization": "Bearer secret"}
        )
    entries = [record for record in caplog.records if record.name == LOGGER]

    def told(event: str) -> list[dict[str, Any]]:
        names = ("uid", "everything", "format", "sessions", "what")
        return [
            {name: getattr(each, name) for name in names if hasattr(each, name)}
            for each in entries
            if each.message == event
        ]

    assert told("export") == [
        {"uid": anna, "everything": False, "format": "csv", "sessions": 1},
        {"uid": anna, "everything": True, "format": "json", "sessions": 1},
    ]
    assert told("download") == [{"uid": anna, "everything": False}]
    assert told("erasure begun") == told("erasure finished") == [{"uid": anna}]
    assert told("administrator read") == [{"uid": admin, "what": "insights"}]
    assert told("sign-in failed") == [{"uid": None}]
    everything = str([vars(entry) for entry in entries])
    assert "secret" not in everything
    assert "@" not in everything


async def test_the_audit_log_is_kept_whatever_the_level_of_the_others() -> None:
    assert logging.getLogger(LOGGER).getEffectiveLevel() == logging.INFO
