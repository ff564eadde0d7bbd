"""The API and the client as `make run` starts them, for tests in a browser."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import copy
from pathlib import Path

import httpx

from tests.e2e.ports import free_port

ROOT = Path(__file__).parents[2]
START_SECONDS = 180
RECOLLECT = (sys.executable, "-c", "from recollect.cli import main; main()")


class Stack:
    """The API and the client, as `make run` starts them, with their data in `folder`."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.root = ROOT
        """The checkout that is run."""
        self.api_port, self.client_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.client_port}"
        self._log = folder / "dev.log"
        self._environment = {
            **os.environ,
            "RECOLLECT_DATA_DIR": str(folder / "data"),
            "RECOLLECT_PORT": str(self.api_port),
            "RECOLLECT_CLIENT_PORT": str(self.client_port),
            "RECOLLECT_API_URL": f"http://127.0.0.1:{self.api_port}",
            **settings,
        }

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        """Run until the block ends; everything still running is then killed without warning."""
        with self._run(*RECOLLECT, "dev") as process:
            self._wait_until_ready(process, self.api_port, self.client_port)
            yield process

    @contextmanager
    def serving(self) -> Iterator[subprocess.Popen[bytes]]:
        """Run the API alone, for a client that runs separately."""
        with self._run(*RECOLLECT, "serve") as process:
            self._wait_until_ready(process, self.api_port)
            yield process

    @contextmanager
    def client_apart(self) -> Iterator[None]:
        """Run the client alone, as a separate process, while the API comes and goes."""
        port = ("--server.port", str(self.client_port), "--server.headless", "true")
        with self._run(sys.executable, "-m", "streamlit", "run", "client/app.py", *port) as process:
            self._wait_until_ready(process, self.client_port)
            yield

    def beside(self) -> "Stack":
        """Another client of the same API."""
        other = copy(self)
        other.client_port = free_port()
        other.url = f"http://127.0.0.1:{other.client_port}"
        return other

    def answers(self, port: int) -> bool:
        """Whether the API or the client is there."""
        path = "/healthz" if port == self.api_port else "/_stcore/health"
        try:
            return httpx.get(f"http://127.0.0.1:{port}{path}").is_success
        except httpx.TransportError:
            return False

    @contextmanager
    def _run(self, *command: str) -> Iterator[subprocess.Popen[bytes]]:
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=self.root,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _wait_until_ready(self, process: subprocess.Popen[bytes], *ports: int) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not all(self.answers(port) for port in ports):
            assert process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.1)
