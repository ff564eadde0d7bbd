"""A stand-in for BigQuery in tests: bqemulator, in its own Python environment."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

_ROOT = Path(__file__).parents[2]
_PYTHON = _ROOT / ".venv-bqemulator" / "bin" / "python"
_LAUNCHER = Path(__file__).with_name("bigquery_launcher.py")

PROJECT = "demo-recollect"


class EmulatorMissing(Exception):
    """bqemulator is not installed."""


@dataclass(frozen=True)
class BigQueryEndpoints:
    """The addresses of an emulator: `rest` is a URL, `grpc` is host:port."""

    rest: str
    grpc: str


@dataclass(frozen=True)
class BigQueryDataset:
    """A dataset of the emulator with a unique name; it is not created yet."""

    project: str
    dataset: str
    endpoint: str
    grpc_endpoint: str


@contextmanager
def bigquery_emulator(**settings: Any) -> Iterator[BigQueryEndpoints]:
    """Run bqemulator, on free ports unless its `settings` name others; raises EmulatorMissing if it is not
    installed."""
    if not _PYTHON.exists():
        raise EmulatorMissing("bqemulator is not installed: run `make setup`")
    process = subprocess.Popen(
        [_PYTHON, _LAUNCHER, json.dumps(settings)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"bqemulator ended at its start with code {process.wait()}")
        ports = json.loads(line)
        yield BigQueryEndpoints(
            rest=f"http://127.0.0.1:{ports['rest']}", grpc=f"127.0.0.1:{ports['grpc']}"
        )
    finally:
        process.stdin.close()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def bigquery_endpoints() -> Iterator[BigQueryEndpoints]:
    """One emulator for the whole test run, started by the first test that needs it."""
    try:
        with bigquery_emulator() as endpoints:
            yield endpoints
    except EmulatorMissing as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.fixture
def bigquery_dataset(bigquery_endpoints: BigQueryEndpoints) -> Iterator[BigQueryDataset]:
    """A dataset for one test, dropped after it."""
    dataset = f"test_{uuid4().hex}"
    yield BigQueryDataset(PROJECT, dataset, bigquery_endpoints.rest, bigquery_endpoints.grpc)
    httpx.delete(
        f"{bigquery_endpoints.rest}/bigquery/v2/projects/{PROJECT}/datasets/{dataset}",
        params={"deleteContents": "true"},
        timeout=30,
    )
