"""`make emulators` ends everything that it started."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.usefixtures("firestore_address", "bigquery_endpoints")
def test_ending_the_emulators_leaves_no_process_behind() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.emulators"],
        cwd=Path(__file__).parents[3],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout as printed:
        lines = [printed.readline().strip() for _ in range(7)]
        process.terminate()
        assert process.wait(timeout=120) == 0
    variables = dict(line.removeprefix("export ").split("=", 1) for line in lines)
    for name in ("FIRESTORE_EMULATOR_HOST", "RECOLLECT_BIGQUERY_GRPC_ENDPOINT"):
        host, port = variables[name].split(":")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((host, int(port)), timeout=5)


def test_what_is_missing_is_said_in_one_line(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.emulators"],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr == (
        "The emulators can't be started: the Firestore emulator needs Java 17 or newer: install a "
        "JRE.\n"
    )
