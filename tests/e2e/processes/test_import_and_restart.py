"""The product as it is run: processes, files, SIGKILL."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from recollect.services import open_store, open_warehouse
from recollect.settings.settings import Settings
from stores.ports import Window
from tests.e2e.ports import free_port
from tests.emulators.bigquery import BigQueryDataset

USER = "reader@example.com"
RECOLLECT = [sys.executable, "-c", "from recollect.cli import main; main()"]
CHATS = [
    {
        "id": f"chat-{number}",
        "category": "small talk",
        "turns": [
            {
                "query": f"What is {number} plus {number}? 天気 \u202b",
                "response": f"It is {2 * number}.",
            },
            {"query": f"And “{number}” doubled twice?\n\nPlease.", "response": None},
        ],
    }
    for number in range(80)
]
Environment = dict[str, str]


@pytest.fixture(params=["embedded", "google"])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> Environment:
    """The environment variables with which a process of one of the supported pairs is started."""
    common = {
        **{name: value for name, value in os.environ.items() if not name.startswith("RECOLLECT_")},
        "RECOLLECT_DATA_DIR": str(tmp_path / "data"),
        "RECOLLECT_PORT": str(free_port()),
    }
    if request.param == "embedded":
        return common
    project = request.getfixturevalue("firestore_project")
    place: BigQueryDataset = request.getfixturevalue("bigquery_dataset")
    return {
        **common,
        "FIRESTORE_EMULATOR_HOST": os.environ["FIRESTORE_EMULATOR_HOST"],
        "RECOLLECT_STORE": "firestore",
        "RECOLLECT_WAREHOUSE": "bigquery",
        "RECOLLECT_PROJECT": project,
        "RECOLLECT_DATASET": place.dataset,
        "RECOLLECT_BIGQUERY_ENDPOINT": place.endpoint,
        "RECOLLECT_BIGQUERY_GRPC_ENDPOINT": place.grpc_endpoint,
    }


@contextmanager
def server(environment: Environment, ends_with: signal.Signals) -> Iterator[str]:
    """A server process, ready, until it is ended by a signal; yields its URL."""
    url = f"http://127.0.0.1:{environment['RECOLLECT_PORT']}"
    process = subprocess.Popen([*RECOLLECT, "serve"], env=environment, stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 120
        while True:
            assert process.poll() is None
            assert time.monotonic() < deadline, "the server does not get ready"
            try:
                if httpx.get(f"{url}/readyz", timeout=10).status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        yield url
    finally:
        process.send_signal(ends_with)
        process.communicate(timeout=60)


def run(environment: Environment, *arguments: str) -> str:
    done = subprocess.run(
        [*RECOLLECT, *arguments], env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def imported(environment: Environment, *arguments: str) -> Any:
    """The report of `recollect import`."""
    return json.loads(run(environment, "import", "--json", "--user", USER, *arguments))["report"]


def totals(url: str) -> tuple[int, int]:
    """The number of sessions, and the sum of their turn counts."""
    sessions, turns, after = 0, 0, None
    document = (
        "query ($after: String) { viewer { sessions(first: 50, after: $after) { totalCount "
        "nodes { conversationCount } pageInfo { hasNextPage endCursor } } } }"
    )
    while True:
        answer = httpx.post(
            f"{url}/graphql",
            json={"query": document, "variables": {"after": after}},
            headers={"X-Recollect-Dev-User": USER},
            timeout=60,
        ).json()
        page = answer["data"]["viewer"]["sessions"]
        sessions += len(page["nodes"])
        turns += sum(node["conversationCount"] for node in page["nodes"])
        if not page["pageInfo"]["hasNextPage"]:
            assert sessions == page["totalCount"]
            return sessions, turns
        after = page["pageInfo"]["endCursor"]


async def stored_and_mirrored(settings: Settings) -> tuple[list[Any], list[Any]]:
    """Every turn as stored and as the view shows it, in the same form."""
    store, warehouse = await open_store(settings), await open_warehouse(settings)
    try:
        (owner,) = await warehouse.query("uid_of_email", {"email": USER})
        uid = owner["uid"]
        sessions = await store.list_sessions(uid, Window(limit=100))
        turns = [
            turn
            for session in sessions
            for turn in await store.list_conversations(uid, session.session_id, Window(limit=100))
        ]
        rows = await warehouse.query(
            "conversation_history", {"uid": uid, "since": 0, "until": 2**51}
        )
    finally:
        await warehouse.close()
        await store.close()
    stored = [
        {
            "conversation_id": turn.conversation_id,
            "session_id": turn.session_id,
            "user_email": USER,
            "query": turn.query,
            "response": turn.response,
            "timestamp": turn.timestamp,
            "feedback_score": turn.feedback.score if turn.feedback else None,
            "response_time_ms": turn.response_time_ms,
        }
        for turn in turns
    ]
    mirrored = [
        {
            **{name: row[name] for name in stored[0]},
            "timestamp": round(row["timestamp"].timestamp() * 1_000_000),
        }
        for row in rows
    ]

    def order(turn: dict[str, Any]) -> tuple[str, str]:
        return turn["session_id"], turn["conversation_id"]

    return sorted(stored, key=order), sorted(mirrored, key=order)


async def test_an_import_done_twice_and_killed_servers_leave_every_turn_exactly_once(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "chats.jsonl"
    file.write_text("\n".join(json.dumps(chat) for chat in CHATS))
    nothing = {"added": 0, "present": 0, "deleted": 0, "refused": 0}
    run(environment, "warehouse", "init")
    run(environment, "warehouse", "init")
    with server(environment, signal.SIGKILL) as url:
        report = imported(environment, str(file), "--url", url)
        assert report["sessions"] == {**nothing, "added": 80}
        assert report["turns"] == {**nothing, "added": 160}
        assert (report["archived"], report["remarks"]) == (30, [])
    with server(environment, signal.SIGKILL) as url:
        assert totals(url) == (80, 160)
        report = imported(environment, str(file), "--url", f"{url}/graphql")
        assert report["sessions"] == {**nothing, "present": 80}
        assert report["turns"] == {**nothing, "present": 160}
        assert (report["archived"], report["remarks"]) == (0, [])
        assert totals(url) == (80, 160)
    run(environment, "export", "--once")

    for name, value in environment.items():
        if name.startswith("RECOLLECT_"):
            monkeypatch.setenv(name, value)
    stored, mirrored = await stored_and_mirrored(Settings())
    assert len(mirrored) == 160
    assert mirrored == stored


@pytest.mark.parametrize("environment", ["embedded"], indirect=True)
def test_a_command_that_needs_the_servers_warehouse_file_says_so(environment: Environment) -> None:
    with server(environment, signal.SIGTERM):
        refused = subprocess.run(
            [*RECOLLECT, "export", "--once"], env=environment, capture_output=True, text=True
        )
        assert refused.returncode == 1
        assert "warehouse" in refused.stderr
        assert "Traceback" not in refused.stderr


def test_the_dev_identity_does_not_start_on_a_public_address(tmp_path: Path) -> None:
    environment = {**os.environ, "RECOLLECT_HOST": "0.0.0.0", "RECOLLECT_DATA_DIR": str(tmp_path)}
    refused = subprocess.run([*RECOLLECT, "serve"], env=environment, capture_output=True, text=True)
    assert refused.returncode == 1
    assert "RECOLLECT_HOST" in refused.stderr
    assert list(tmp_path.iterdir()) == []
