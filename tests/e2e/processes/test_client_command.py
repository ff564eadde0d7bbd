"""`recollect client` runs the client alone, as in a container."""

import os
import subprocess
import sys
import time
from pathlib import Path

import httpx

from tests.e2e.ports import free_port


def test_the_client_runs_without_the_api_and_without_its_key(tmp_path: Path) -> None:
    port = free_port()
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("RECOLLECT_")
    } | {
        "RECOLLECT_API_URL": "http://127.0.0.1:9",
        "RECOLLECT_IDENTITY": "oidc",
        "RECOLLECT_CLIENT_PORT": str(port),
        "HOME": str(tmp_path),
    }
    code = "from recollect.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "client"], env=environment, cwd=tmp_path
    )
    try:
        deadline = time.monotonic() + 120
        answered = False
        while not answered and time.monotonic() < deadline:
            assert process.poll() is None
            try:
                health = f"http://127.0.0.1:{port}/_stcore/health"
                answered = httpx.get(health).status_code == 200
            except httpx.TransportError:
                time.sleep(0.1)
        assert answered
    finally:
        process.terminate()
        process.wait()
