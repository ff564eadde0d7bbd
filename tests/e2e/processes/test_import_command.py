"""`recollect import` takes files and folders, reports what it imported, and shows failures by its status."""

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from recollect.commands import import_content
from tests.e2e.processes.test_import_and_restart import (
    RECOLLECT,
    Environment,
    environment,
    server,
)
from tests.integration.transfer import foreign_files as files

__all__ = ["environment"]


def command(environment: Environment, *arguments: Any) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*RECOLLECT, "import", *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.parametrize("environment", ["embedded"], indirect=True)
def test_files_and_folders_come_in_and_the_summary_says_what_did_not(
    environment: Environment, tmp_path: Path
) -> None:
    folder = tmp_path / "downloads"
    (folder / "deeper").mkdir(parents=True)
    (folder / "deeper" / "claude.zip").write_bytes(files.packed({"c.json": files.claude()}))
    (folder / "grok").write_text(json.dumps(files.grok()))
    (folder / "notes.txt").write_text("no chats")
    branches = tmp_path / "branches.json"
    branches.write_text(json.dumps(files.gpt_branches()))
    with server(environment, signal.SIGTERM):
        whole = command(environment, folder)
        assert (whole.returncode, whole.stderr.count("Error")) == (0, 0)
        assert "claude.zip (claude)\n  Added: 1 session, 1 turn." in whole.stdout
        assert "- 2025-03-01  Salt: 1 turn" in whole.stdout
        assert "Kept for 90 days, until 20" in whole.stdout
        assert "grok (grok)" in whole.stdout
        assert "notes" not in whole.stdout

        tried = command(environment, "--dry-run", branches)
        assert "Would be added: 1 session, 4 turns." in tried.stdout
        branches.write_text(json.dumps(files.gpt_greeted()))
        lossy = command(environment, branches, "--json")
        assert lossy.returncode == 1
        line = json.loads(lossy.stdout)
        assert line["name"] == str(branches)
        (kind,) = line["report"]["leftOut"]
        assert (kind["kind"], kind["count"], kind["lost"]) == ("ANSWER_WITHOUT_QUESTION", 1, True)

        unknown = tmp_path / "unknown.json"
        unknown.write_text('[{"a": 1}]')
        mixed = command(environment, unknown, folder / "grok")
        assert mixed.returncode == 1
        assert "a JSON array of objects with `a`" in mixed.stdout
        assert "Added: 0 sessions (1 already here), 0 turns (1 already here)." in mixed.stdout


@pytest.mark.parametrize("environment", ["embedded"], indirect=True)
def test_an_operator_imports_the_rows_of_every_user_of_the_answer_app(
    environment: Environment, tmp_path: Path
) -> None:
    rows = tmp_path / "rows.ndjson"
    addresses = ["anna@example.com", "Ben@example.com", "eve@example.com"]
    everything = [*files.answer_rows(*addresses), *files.answer_rows("no address")]
    rows.write_text("\n".join(json.dumps(row) for row in everything))
    for expected in ({"added": 1}, {"present": 1}):
        done = command(environment, "--all-users", "--json", rows)
        assert done.returncode == 1, done.stderr
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert [line["name"] for line in lines] == [*addresses, "no address"]
        assert "no address to know" in lines[-1]["error"]
        sessions = lines[1]["report"]["sessions"]
        assert {name: count for name, count in sessions.items() if count} == expected
    with server(environment, signal.SIGTERM) as url:
        found = httpx.post(
            f"{url}/graphql",
            headers={"X-Recollect-Dev-User": "ben@example.com"},
            timeout=60,
            json={
                "query": "{ viewer { sessions { nodes { conversations(first: 9) { nodes { query "
                "response responseTimeMs timestamp feedback { score comment } citations { title } } } } } } }"
            },
        ).json()
    (session,) = found["data"]["viewer"]["sessions"]["nodes"]
    first, second = session["conversations"]["nodes"]
    assert (first["query"], second["query"]) == (
        "Ben@example.com asks about kiwis 1",
        "Ben@example.com asks about kiwis 2",
    )
    assert first["feedback"] == {"score": 1, "comment": "because"}
    assert (first["responseTimeMs"], second["feedback"]) == (2250, None)
    assert first["timestamp"] == "2025-05-01T09:01:02.500000Z"
    assert first["citations"][0]["title"] == "Handbook"


def test_of_a_large_zip_only_what_may_hold_chats_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_content, "LARGE", 1000)
    path = tmp_path / "large.zip"
    inner = files.packed({"conversations.json": files.claude(), "b.png": os.urandom(50_000)})
    path.write_bytes(files.packed({"a.png": os.urandom(100_000), "inner.zip": inner}))
    with import_content.content(path) as sent:
        assert sent.seek(0, os.SEEK_END) < 2000
    path.write_bytes(b"PK\x03\x04" + path.read_bytes()[100:])
    with import_content.content(path) as sent:
        assert sent.seek(0, os.SEEK_END) == path.stat().st_size
