"""`recollect serve` as production runs it, in a process of its own, and how it withstands requests."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.ports import free_port
from tests.emulators.bigquery import PROJECT, BigQueryEndpoints
from tests.issuer import Issuer

RECOLLECT = (sys.executable, "-c", "from recollect.cli import main; main()")
START_SECONDS = 120
PAUSE_SECONDS = 0.02
"""Seconds between two requests to /healthz."""
STALL_SECONDS = 0.2
"""The longest stall in seconds that one caller may cause."""
GROWTH = 100_000_000
"""The most memory, in bytes, that one caller may take."""
ATTEMPTS = 3


@dataclass
class Watch:
    """Observations of a process over a period."""

    answers: list[float] = field(default_factory=list)
    """How long each request to /healthz took, in seconds."""
    stall: float = 0.0
    """The longest time for which the process worked on something else while /healthz was waiting.

    Only the processor time of the process itself counts, so a busy machine causes no stall.
    """
    grown: int = 0
    """The largest growth of its memory, in bytes."""


class Server:
    """A running server: its address, the issuer of its callers' tokens, and its health."""

    def __init__(self, port: int, issuer: Issuer, process: subprocess.Popen[bytes]) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.issuer = issuer
        self.process = process
        self._users = 0
        # What clock_getcpuclockid(3) returns: the processor time of another process.
        self._clock = ~process.pid << 3 | 2

    def headers(self, user: str | None = None, **claims: Any) -> dict[str, str]:
        """Headers of a user; without a name, of a new user."""
        self._users += 1
        name = user or f"user-{self._users}"
        token = self.issuer.token(sub=name, email=f"{name}@example.com", **claims)
        return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def send(self, content: bytes, *, user: str | None = None, path: str = "/graphql") -> Any:
        """The answer to one request."""
        return httpx.post(self.url + path, content=content, headers=self.headers(user), timeout=120)

    @contextmanager
    def watched(self) -> Iterator[Watch]:
        """Poll /healthz until the block ends."""
        watch, stop = Watch(), threading.Event()
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")  # forget the peak so far
        before = self._memory("VmRSS")

        def look() -> None:
            # From a separate address, which no attack shares.
            transport = httpx.HTTPTransport(local_address="127.0.0.2")
            with httpx.Client(base_url=self.url, timeout=120, transport=transport) as http:
                while not stop.wait(PAUSE_SECONDS):
                    worked, began = self._worked(), time.monotonic()
                    http.get("/healthz").raise_for_status()
                    took = time.monotonic() - began
                    watch.answers.append(took)
                    watch.stall = max(watch.stall, min(took, self._worked() - worked))

        with ThreadPoolExecutor(1) as pool:
            looking = pool.submit(look)
            try:
                yield watch
            finally:
                stop.set()
            looking.result()
        watch.grown = self._memory("VmHWM") - before

    def withstands(self, attack: Callable[[], None]) -> None:
        """Assert that `attack` keeps no other caller waiting and takes little memory.

        An attack that stalls the process does so each time. On a busy machine the answer of /healthz can be
        late for other reasons, so the shortest of a few stalls counts.
        """
        stalls: list[float] = []
        while not stalls or min(stalls) >= STALL_SECONDS:
            assert len(stalls) < ATTEMPTS, f"/healthz waited {stalls} s"
            with self.watched() as watch:
                attack()
            assert watch.grown < GROWTH
            stalls.append(watch.stall)

    def _worked(self) -> float:
        """Seconds of processor time that the process has used so far."""
        return time.clock_gettime(self._clock)

    def _memory(self, name: str) -> int:
        """Bytes of memory that the process uses now (`VmRSS`), or used at its peak (`VmHWM`)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition(f"{name}:")[2].split()[0]) * 1024


@contextmanager
def production(
    folder: Path,
    firestore: str,
    bigquery: BigQueryEndpoints,
    issuer: Issuer,
    command: Sequence[str] = RECOLLECT,
    **settings: str,
) -> Iterator[Server]:
    """Serve with Firestore, BigQuery and OpenID Connect until the block ends."""
    port, name = free_port(), f"attacked_{os.getpid()}"
    inherited = {n: v for n, v in os.environ.items() if not n.startswith("RECOLLECT_")}
    environment = {
        **inherited,
        "FIRESTORE_EMULATOR_HOST": firestore,
        # There is no proxy on this machine: each connection counts under its own address.
        "FORWARDED_ALLOW_IPS": "192.0.2.1",
        "RECOLLECT_STORE": "firestore",
        "RECOLLECT_WAREHOUSE": "bigquery",
        "RECOLLECT_PROJECT": PROJECT,
        "RECOLLECT_DATASET": name,
        "RECOLLECT_BIGQUERY_ENDPOINT": bigquery.rest,
        "RECOLLECT_BIGQUERY_GRPC_ENDPOINT": bigquery.grpc,
        "RECOLLECT_IDENTITY": "oidc",
        "RECOLLECT_OIDC_ISSUER": issuer.url,
        "RECOLLECT_OIDC_AUDIENCE": "recollect",
        "RECOLLECT_ID_KEY": "a key of thirty-two characters, at least",
        "RECOLLECT_GUESTS": "on",
        "RECOLLECT_LOG_LEVEL": "error",
        "RECOLLECT_DATA_DIR": str(folder),
        "RECOLLECT_PORT": str(port),
        **settings,
    }
    subprocess.run([*RECOLLECT, "warehouse", "init"], env=environment, check=True, timeout=300)
    log = folder / "serve.log"
    with log.open("wb") as output:
        process = subprocess.Popen([*command, "serve"], env=environment, stderr=output)
    server = Server(port, issuer, process)
    try:
        until_ready(port, process, log)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until_ready(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a server answers."""
    deadline = time.monotonic() + START_SECONDS
    while not _ready(f"http://127.0.0.1:{port}"):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=30).is_success
    except httpx.TransportError:
        return False
