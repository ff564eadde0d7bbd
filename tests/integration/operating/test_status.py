"""`recollect status` reports the state of the mirror; its exit status shows whether all is well."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from recollect import mirror_lag
from recollect.commands.status import status
from recollect.settings.settings import Settings
from stores.keys import dead_letter_key, mail_figures_key, mark_key
from stores.mail_records import MailFigures
from stores.mirror_records import Change, DeadLetter, ExportMark
from stores.ports import Create, Store
from stores.sqlite.store import SQLiteStore
from tests.e2e.ports import free_port

RECOLLECT = [sys.executable, "-c", "from recollect.cli import main; main()"]
CHANGE = Change(kind="session", session_id="s", at=1)


async def put(folder: Path, *writes: Create) -> None:
    store: Store = await SQLiteStore.open(folder / "store.sqlite")
    await store.commit(writes)
    await store.close()


async def test_nothing_waiting_is_well(tmp_path: Path) -> None:
    found = await status(Settings(data_dir=tmp_path, port=free_port()))
    assert found.healthy
    assert found.lines == [
        "lag: 0.0 s",
        "pending: 0",
        "dead letters: 0",
        "mails: by folder, no run yet, 0 sent, 0 refused",
        "exporter: no response",
    ]


async def test_a_mail_server_that_took_no_mails_is_not_well(tmp_path: Path) -> None:
    figures = MailFigures(sent=3, problem="refuses", problem_since=60_000_000, last_run_at=1)
    await put(tmp_path, Create(mail_figures_key(), figures))
    found = await status(Settings(data_dir=tmp_path, port=free_port()))
    assert not found.healthy
    assert "mail server: refuses our login or our mails since 1970-01-01 00:01 UTC" in found.lines


async def test_a_process_that_should_tell_and_does_not_is_not_well(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, port=free_port(), metrics_port=free_port())
    found = await status(settings)
    assert not found.healthy
    assert found.lines[-1] == "exporter: no response"


async def test_a_mirror_far_behind_is_not_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror_lag, "DEGRADED_SECONDS", 0.0)
    mark = ExportMark(uid="anna", mark_id="m", changes=[CHANGE])
    await put(tmp_path, Create(mark_key("anna", "m"), mark))
    found = await status(Settings(data_dir=tmp_path, port=free_port()))
    assert not found.healthy
    assert found.lines[1] == "pending: 1"


async def test_dead_letters_are_not_well(tmp_path: Path) -> None:
    letter = DeadLetter(change=CHANGE, marked_at=1, reason="too long", since=2)
    await put(tmp_path, Create(dead_letter_key("anna", "d"), letter))
    found = await status(Settings(data_dir=tmp_path, port=free_port()))
    assert not found.healthy
    assert "dead letters: 1" in found.lines


def environment(folder: Path, **variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if "RECOLLECT" not in name}
    return {**kept, "RECOLLECT_DATA_DIR": str(folder), **variables}


@contextmanager
def exporting(variables: dict[str, str], port: int) -> Iterator[None]:
    """Run `recollect export`; the block begins once its metrics answer."""
    process = subprocess.Popen([*RECOLLECT, "export"], env=variables, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline and process.poll() is None:
            try:
                httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=30)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        assert process.wait(timeout=120) == 0


def told(variables: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*RECOLLECT, "status"], env=variables, capture_output=True, text=True)


def is_exported(ended: "subprocess.CompletedProcess[str]") -> bool:
    """Whether the export was complete when the command ran: a mark is removed only after its row is
    counted."""
    return "1 in all" in ended.stdout and "pending: 0" in ended.stdout


async def test_the_command_tells_what_the_exporter_did(tmp_path: Path) -> None:
    port = free_port()
    variables = environment(tmp_path, RECOLLECT_METRICS_PORT=str(port))
    mark = ExportMark(uid="anna", mark_id="m", changes=[CHANGE])
    await put(tmp_path, Create(mark_key("anna", "m"), mark))
    with exporting(variables, port):
        deadline = time.monotonic() + 300
        while not is_exported(ended := told(variables)):
            assert time.monotonic() < deadline, ended.stdout + ended.stderr
    lines = dict(line.split(": ", 1) for line in ended.stdout.splitlines())
    assert ended.returncode == 0
    assert lines["exporter"] == f"at http://127.0.0.1:{port}/metrics"
    assert lines["last success"].endswith("s ago")
    assert lines["rate"].endswith("rows/s, 1 in all")
    assert lines["circuit"] == "closed"


def test_a_store_out_of_reach_is_not_well(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite").write_bytes(b"no SQLite file" * 100)
    ended = told(environment(tmp_path, RECOLLECT_PORT=str(free_port())))
    assert ended.returncode == 1
    assert "store: unavailable (StoreError)" in ended.stdout
    assert "Traceback" not in ended.stderr
