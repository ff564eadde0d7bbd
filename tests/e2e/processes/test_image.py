"""An environment made as the Dockerfile makes it runs every process, read-only and as the image's user."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink

from tests.e2e.ports import free_port
from tests.e2e.processes.image import CannotBuild, Image
from tests.emulators.bigquery import BigQueryDataset
from tests.issuer import Issuer
from tests.mailbox import START_SECONDS

PATIENCE_SECONDS = 600
RECORD = """mutation ($input: RecordConversationInput!) {
  recordConversation(input: $input) { session { id } userErrors { message } } }"""
SEARCH = '{ viewer { searchConversations(query: "moon") { nodes { session { title } } } } }'


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    # pytest's own folders are closed to other users.
    folder = Path(tempfile.mkdtemp(prefix="image-"))
    folder.chmod(0o755)
    # An embedded warehouse that an earlier test opened has set a umask that hides new files from other users.
    before = os.umask(0o022)
    try:
        made = Image(folder)
        try:
            made.build()
        except CannotBuild as missing:
            if os.environ.get("CI") == "true":
                pytest.fail(str(missing))
            pytest.skip(str(missing))
        yield made
    finally:
        os.umask(before)
        subprocess.run(["chmod", "-R", "u+w", folder], check=True)
        shutil.rmtree(folder)


def eventually(found: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not found():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            pytest.fail(f"{process.args!r}: {process.communicate()[0]}")
        time.sleep(0.1)


def answers(url: str) -> bool:
    try:
        return httpx.get(url).is_success
    except httpx.TransportError:
        return False


def test_the_image_has_no_test_no_benchmark_and_no_tool_of_developers(image: Image) -> None:
    (packages,) = Path(image.here("/opt/recollect/lib")).glob("python*/site-packages")
    names = {path.name for path in packages.iterdir()}
    assert {"recollect", "client", "streamlit"} <= names
    assert names.isdisjoint(
        {"tests", "bench", "scripts", "pytest", "mypy", "playwright", "zetasql"}
    )
    assert {path.name for path in image.folder.iterdir()} == {"opt", "app", "tmp"}
    assert sorted(path.name for path in Path(image.here("/app")).iterdir()) == [
        "config.yaml",
        "trusted-documents.json",
    ]


def test_each_process_runs_read_only_as_the_images_user(
    image: Image, firestore_project: str, bigquery_dataset: BigQueryDataset
) -> None:
    before = image.protect()
    with ExitStack() as stack:
        issuer = stack.enter_context(Issuer())
        mails = Controller(
            Sink(), hostname="127.0.0.1", port=free_port(), ready_timeout=START_SECONDS
        )
        mails.start()
        stack.callback(mails.stop)
        port, client_port, metrics = free_port(), free_port(), free_port()
        settings = {
            "FIRESTORE_EMULATOR_HOST": os.environ["FIRESTORE_EMULATOR_HOST"],
            "RECOLLECT_PROJECT": firestore_project,
            "RECOLLECT_BIGQUERY_PROJECT": bigquery_dataset.project,
            "RECOLLECT_DATASET": bigquery_dataset.dataset,
            "RECOLLECT_BIGQUERY_ENDPOINT": bigquery_dataset.endpoint,
            "RECOLLECT_BIGQUERY_GRPC_ENDPOINT": bigquery_dataset.grpc_endpoint,
            "RECOLLECT_OIDC_ISSUER": issuer.url,
            "RECOLLECT_OIDC_AUDIENCE": "recollect",
            "RECOLLECT_ID_KEY": "an-id-key-of-this-test-and-of-nothing-else",
            "RECOLLECT_API_URL": f"http://127.0.0.1:{port}",
            "RECOLLECT_PORT": str(port),
            "RECOLLECT_CLIENT_PORT": str(client_port),
            "RECOLLECT_SMTP_HOST": "127.0.0.1",
            "RECOLLECT_SMTP_PORT": str(mails.port),
            "RECOLLECT_SMTP_TLS": "none",
            "RECOLLECT_MAIL_FROM": "recollect@chat.example",
            "RECOLLECT_CLIENT_URL": "https://chat.example",
            "RECOLLECT_PUBLIC_API_URL": f"http://127.0.0.1:{port}",
            # Stricter than the image requires: no home, and no folder for files except /tmp.
            "HOME": "/nonexistent",
            "TMPDIR": image.here("/tmp"),  # noqa: S108
        }

        def run(*arguments: str, **further: str) -> str:
            done = subprocess.run(
                **image.command(*arguments, **settings, **further),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=PATIENCE_SECONDS,
            )
            assert done.returncode == 0, f"{arguments}: {done.stdout}"
            return str(done.stdout)

        def start(*arguments: str, **further: str) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                **image.command(*arguments, **settings, **further),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            stack.callback(process.communicate)
            stack.callback(process.terminate)
            return process

        run("warehouse", "init")
        api = start("serve")
        client = start("client")
        exporter = start("export", RECOLLECT_METRICS_PORT=str(metrics))
        eventually(lambda: answers(f"http://127.0.0.1:{port}/readyz"), api)
        assert_owned(api.pid, image)

        headers = {"Authorization": f"Bearer {issuer.token()}"}

        def ask(document: str, **variables: Any) -> Any:
            answer = httpx.post(
                f"http://127.0.0.1:{port}/graphql",
                json={"query": document, "variables": variables},
                headers=headers,
                timeout=120,
            )
            assert "errors" not in answer.json(), answer.text
            return answer.json()["data"]

        recorded = ask(RECORD, input={"query": "Tides?", "response": "The moon pulls."})
        assert recorded["recordConversation"]["userErrors"] == []
        found = ask(SEARCH)["viewer"]["searchConversations"]["nodes"]
        assert [hit["session"]["title"] for hit in found] == ["Tides?"]
        chats = Path(image.here("/tmp")) / "chats.json"  # noqa: S108
        chats.write_text(json.dumps({"turns": [{"query": "Neap?", "response": "Weak tide."}]}))
        eventually(lambda: answers(f"http://127.0.0.1:{client_port}/_stcore/health"), client)
        eventually(lambda: answers(f"http://127.0.0.1:{metrics}/metrics"), exporter)

        token = issuer.token()

        def run_words(words: str) -> str:
            return run(*words.format(chats=chats).split(), RECOLLECT_TOKEN=token)

        with ThreadPoolExecutor(2) as pool:
            told = dict(zip(COMMANDS, pool.map(run_words, COMMANDS), strict=True))
        assert "Everything is in order" in told["doctor"]
        run("export", "--once")
        assert "equal" in run("reconcile")
    assert (api.returncode, exporter.returncode) == (0, 0)
    assert image.files() == before
    if os.geteuid() == 0:
        assert strangers(image) == []


COMMANDS = (
    "sweep",
    "notify",
    "doctor",
    "backfill",
    "warehouse compact",
    "dead-letters list",
    "import {chats}",
    "schema",
    "--version",
)


def assert_owned(pid: int, image: Image) -> None:
    """Assert that a process runs as the image's user."""
    if os.geteuid() == 0:
        (owner,) = (
            line.split()[1:]
            for line in Path(f"/proc/{pid}/status").read_text().splitlines()
            if line.startswith("Uid:")
        )
        assert set(owner) == {str(image.user)}


def strangers(image: Image) -> list[str]:
    """Files that the image's user left where it should write nothing."""
    done = subprocess.run(
        ["find", "/tmp", "/var/tmp", "/dev/shm", "-xdev", "-user", str(image.user)],  # noqa: S108
        capture_output=True,
        text=True,
    )
    return [line for line in done.stdout.splitlines() if not line.startswith(image.here("/tmp"))]  # noqa: S108
