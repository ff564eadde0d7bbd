"""`make emulators` ends everything that it started."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.usefixtures("firestore_address", "bigquery_endpoints")
def test_ending_the_emulators_leaves_no_process_behind() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.emulators"],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout as printed:
        lines = [printed.readline().strip() for _ in range(7)]
        process.terminate()
        assert process.wait(timeout=30) == 0
    variables = dict(line.removeprefix("export ").split("=", 1) for line in lines)
    for name in ("FIRESTORE_EMULATOR_HOST", "RECOLLECT_BIGQUERY_GRPC_ENDPOINT"):
        host, port = variables[name].split(":")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((host, int(port)), timeout=5)
