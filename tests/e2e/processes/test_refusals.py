"""An error that a user can fix is reported in one message, with status 1 and without a traceback."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.ports import free_port
from tests.e2e.processes.test_import_and_restart import RECOLLECT, Environment, server

GOOGLE = {
    "RECOLLECT_STORE": "firestore",
    "RECOLLECT_WAREHOUSE": "bigquery",
    "RECOLLECT_PROJECT": "demo-x",
}
CHAT = '{"id": "a", "turns": [{"query": "q", "response": "r"}]}\n'


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("RECOLLECT_")},
        "RECOLLECT_DATA_DIR": str(tmp_path / "data"),
        "RECOLLECT_PORT": str(free_port()),
        "RECOLLECT_CLIENT_PORT": str(free_port()),
    }


@pytest.fixture
def chats(tmp_path: Path) -> Path:
    file = tmp_path / "chats.jsonl"
    file.write_text(CHAT)
    return file


def refusal(environment: Environment, *arguments: str, command: list[str] = RECOLLECT) -> str:
    """The one message of a command that must fail."""
    done = subprocess.run(
        [*command, *arguments], env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 1, done.stderr
    _, found, message = done.stderr.partition("Error: ")
    assert found
    assert done.stderr.count("Error: ") == 1
    assert not any(sign in done.stderr for sign in ("Traceback", "exception", '{"time"'))
    return message


@pytest.mark.parametrize("command", ["serve", "dev"])
def test_a_second_server_is_refused(environment: Environment, command: str) -> None:
    with server(environment, signal.SIGTERM):
        port = environment["RECOLLECT_PORT"]
        assert f"can't listen on port {port}" in refusal(environment, command)
        elsewhere = environment | {"RECOLLECT_PORT": str(free_port())}
        assert "warehouse" in refusal(elsewhere, command)


@pytest.mark.parametrize(
    ("library", "extra", "command"),
    [("google", "gcp", "serve"), ("google", "gcp", "export"), ("streamlit", "client", "dev")],
)
def test_a_library_that_is_not_installed_is_named_with_its_extra(
    environment: Environment, library: str, extra: str, command: str
) -> None:
    without = f"import sys; sys.modules[{library!r}] = None; "
    code = [sys.executable, "-c", without + "from recollect.cli import main; main()"]
    chosen = environment | (GOOGLE if library == "google" else {})
    assert f"pip install 'recollect[{extra}]'" in refusal(chosen, command, command=code)


def test_an_import_that_reaches_no_api_names_the_address(
    environment: Environment, chats: Path
) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    assert f"can't be reached at {url}" in refusal(environment, "import", str(chats), "--url", url)
    assert "not the address" in refusal(environment, "import", str(chats), "--url", "http://a:b")


def test_an_import_that_reaches_something_else_says_so(
    environment: Environment, chats: Path
) -> None:
    with server(environment, signal.SIGTERM) as url:
        message = refusal(environment, "import", str(chats), "--url", f"{url}/healthz")
        assert f"What answers at {url}/healthz/imports" in message
        assert "(status 404) is no Recollect API" in message


def test_a_sweep_that_finds_nothing_says_so(environment: Environment) -> None:
    swept = subprocess.run([*RECOLLECT, "sweep"], env=environment, capture_output=True, text=True)
    assert (swept.returncode, swept.stdout) == (0, "Nothing to do.\n")
