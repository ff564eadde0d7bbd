"""`recollect serve --workers`: several processes on one port."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.e2e.ports import free_port
from tests.e2e.stack import RECOLLECT, ROOT

PATIENCE_SECONDS = 300
ENDS_SLOWLY = """
import os, signal, sys, time
from pathlib import Path
from recollect.commands.workers import supervise

def serve(number):
    with Path(sys.argv[1]).open("a") as begun:
        begun.write("+")
        if begun.tell() > 50:
            return 3
    os.closerange(3, 1000)
    time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGKILL)

sys.exit(supervise(serve, 1))
"""
"""Fifty workers that close their files some time before they end, as killed processes do."""


@contextmanager
def serving(port: int, *arguments: str, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "RECOLLECT_PORT": str(port), **settings}
    process = subprocess.Popen(
        (*RECOLLECT, "serve", *arguments),
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def eventually(found: Any, what: str) -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (value := found()):
        assert time.monotonic() < deadline, what
        time.sleep(0.1)
    return value


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz").is_success
    except httpx.TransportError:
        return False


def workers(parent: int) -> list[int]:
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(child) for child in children]


def test_the_embedded_pair_is_served_by_one_process(tmp_path: Path) -> None:
    with serving(free_port(), "--workers", "2", RECOLLECT_DATA_DIR=str(tmp_path)) as process:
        _, told = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 1
    assert b"--workers" in told
    assert b"RECOLLECT_STORE=firestore" in told


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for processes in /proc")
def test_workers_share_a_port_and_are_replaced_and_end_with_their_parent(
    tmp_path: Path, firestore_address: str
) -> None:
    port = free_port()
    settings = {
        "RECOLLECT_STORE": "firestore",
        "RECOLLECT_WAREHOUSE": "bigquery",
        "RECOLLECT_PROJECT": f"demo-{uuid4().hex}",
        "RECOLLECT_DATASET": "mirror",
        "RECOLLECT_BIGQUERY_ENDPOINT": "http://127.0.0.1:9",
        "RECOLLECT_BIGQUERY_GRPC_ENDPOINT": "127.0.0.1:9",
        "RECOLLECT_DATA_DIR": str(tmp_path),
        "FIRESTORE_EMULATOR_HOST": firestore_address,
    }
    with serving(port, "--workers", "2", **settings) as process:
        eventually(lambda: answers(port), "the API does not start")
        first, second = eventually(
            lambda: len(found := workers(process.pid)) == 2 and found, "there are no two workers"
        )
        os.kill(first, signal.SIGKILL)
        replaced = eventually(
            lambda: len(found := workers(process.pid)) == 2 and first not in found and found,
            "the worker that was killed is not replaced",
        )
        assert second in replaced
        eventually(lambda: answers(port), "the API does not answer any more")
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0
        assert not answers(port)


def test_workers_that_take_a_while_to_end_are_replaced(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ENDS_SLOWLY, str(tmp_path / "begun")]
    ended = subprocess.run(command, cwd=ROOT, timeout=PATIENCE_SECONDS, check=False)
    assert ended.returncode == 3  # the exit status of the last one
