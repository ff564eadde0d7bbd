"""Google's Firestore emulator for tests."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.e2e.ports import free_port

_MAIN_CLASS = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
_START_SECONDS = 180
# Tests end long before Java's optimising compiler would pay off.
_FLAGS = ["-Xmx1g", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Duser.language=en"]


class EmulatorMissing(Exception):
    """The emulator, or the Java it needs, is not installed."""


@contextmanager
def firestore_emulator() -> Iterator[str]:
    """Run the emulator on a free port; yields its "host:port".

    Raises EmulatorMissing if it is not installed.
    """
    jar = _find_jar()
    address = f"127.0.0.1:{free_port()}"
    host, port = address.split(":")
    command = ["java", *_FLAGS, "-cp", str(jar), _MAIN_CLASS]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [*command, "start", f"--host={host}", f"--port={port}"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            if not _is_ready(process, address):
                log.seek(0)
                raise RuntimeError(f"the Firestore emulator does not start:\n{log.read().decode()}")
            _warm_up(address)
            yield address
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture(scope="session")
def firestore_address() -> Iterator[str]:
    """One emulator for the whole test run, named by FIRESTORE_EMULATOR_HOST."""
    try:
        with firestore_emulator() as address, pytest.MonkeyPatch.context() as patch:
            patch.setenv("FIRESTORE_EMULATOR_HOST", address)
            # On a busy machine the emulator may pause for longer than clients wait for Firestore.
            for limit in ("REQUEST_SECONDS", "PATIENCE_SECONDS"):
                patch.setattr(f"stores.firestore.store.{limit}", 60.0)
            yield address
    except EmulatorMissing as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.fixture
def firestore_project(firestore_address: str) -> str:
    """A project of the emulator for one test alone, with an empty database."""
    return f"demo-{uuid4().hex}"


def _find_jar() -> Path:
    if not shutil.which("java"):
        raise EmulatorMissing("the Firestore emulator needs Java 17 or newer: install a JRE")
    cache = Path.home() / ".cache/firebase/emulators"
    jars = sorted(cache.glob("cloud-firestore-emulator-*.jar"))
    if gcloud := shutil.which("gcloud"):
        root = subprocess.run(
            [gcloud, "info", "--format=value(installation.sdk_root)"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        jars += Path(root).glob("platform/cloud-firestore-emulator/cloud-firestore-emulator.jar")
    if not jars:
        raise EmulatorMissing(
            "the Firestore emulator is not installed: run "
            "`gcloud components install cloud-firestore-emulator`"
        )
    return jars[-1]


def _is_ready(process: subprocess.Popen[bytes], address: str) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(f"http://{address}/").text.strip() == "Ok":
                return True
        except httpx.TransportError:
            time.sleep(0.1)
    return False


def _warm_up(address: str) -> None:
    """Write and query once: on a busy machine the first request may take longer than clients wait."""
    documents = f"http://{address}/v1/projects/demo-warm-up/databases/(default)/documents"
    name = documents.partition("/v1/")[2] + "/things/one"
    query = {"from": [{"collectionId": "things"}], "orderBy": [{"field": {"fieldPath": "n"}}]}
    write = {"update": {"name": name, "fields": {"n": {"integerValue": 1}}}}
    for method, body in (("commit", {"writes": [write]}), ("runQuery", {"structuredQuery": query})):
        httpx.post(f"{documents}:{method}", json=body, timeout=_START_SECONDS).raise_for_status()
