"""Backfill, reconcile and compact as an operator runs them, with their statuses and no text."""

import asyncio
import os
import signal
import subprocess
from pathlib import Path

import duckdb
import pytest

from tests.e2e.ports import free_port
from tests.e2e.test_import_and_restart import RECOLLECT, Environment, server
from tests.integration.exporter_places import Place, fill


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("RECOLLECT_")},
        "RECOLLECT_DATA_DIR": str(tmp_path),
        "RECOLLECT_PORT": str(free_port()),
    }


async def filled(folder: Path) -> None:
    store = await Place(folder=str(folder)).open_store()
    await fill(store)
    await store.close()


def ran(environment: Environment, *arguments: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [*RECOLLECT, *arguments], env=environment, capture_output=True, text=True, timeout=100
    )
    assert "asks" not in done.stdout + done.stderr
    return done.returncode, done.stdout, done.stderr


def altered(folder: Path, statement: str) -> None:
    with duckdb.connect(folder / "warehouse.duckdb") as connection:
        connection.execute(statement)


def test_differences_are_told_repaired_and_gone(environment: Environment, tmp_path: Path) -> None:
    asyncio.run(filled(tmp_path))
    assert ran(environment, "export", "--once")[0] == 0
    assert ran(environment, "reconcile")[:2] == (0, "Store and mirror are equal.\n")
    altered(
        tmp_path,
        "DELETE FROM conversation_history_changes "
        "WHERE uid = 'anna' AND session_id = 'kept' AND conversation_id = 'c01'; "
        "UPDATE user_sessions_changes SET title = 'Other' WHERE uid = 'bert' AND session_id = 'kept'; "
        "UPDATE user_preferences_changes SET uid = 'zoe' WHERE uid = 'bert'",
    )
    differing = [
        "missing profile bert",
        "extra profile zoe",
        "stale session bert/kept",
        "missing conversation anna/kept/c01",
        "1 extra profiles, 1 missing conversations, 1 missing profiles, 1 stale sessions",
    ]
    code, told, _ = ran(environment, "reconcile")
    assert (code, sorted(told.splitlines())) == (1, sorted(differing))
    code, told, _ = ran(environment, "reconcile", "--repair")
    assert (code, sorted(told.splitlines())) == (0, sorted([*differing, "4 repaired, 0 left"]))
    assert ran(environment, "reconcile")[:2] == (0, "Store and mirror are equal.\n")


def test_a_backfill_fills_an_empty_warehouse_and_compaction_keeps_it_equal(
    environment: Environment, tmp_path: Path
) -> None:
    asyncio.run(filled(tmp_path))
    assert ran(environment, "export", "--once")[0] == 0
    (tmp_path / "warehouse.duckdb").unlink()
    code, told, _ = ran(environment, "reconcile")
    assert code == 1
    assert "missing conversations" in told
    assert ran(environment, "backfill")[1].endswith(" records marked\n")
    assert ran(environment, "export", "--once")[0] == 0
    assert ran(environment, "reconcile")[0] == 0
    ran(environment, "backfill")
    ran(environment, "export", "--once")
    code, told, _ = ran(environment, "warehouse", "compact")
    assert code == 0
    assert "superseded" in told
    assert ran(environment, "reconcile")[0] == 0
    assert ran(environment, "warehouse", "compact")[:2] == (0, "Nothing to do.\n")


def test_while_the_api_runs_a_backfill_is_taken_and_the_rest_says_why_not(
    environment: Environment, tmp_path: Path
) -> None:
    asyncio.run(filled(tmp_path))
    with server(environment, signal.SIGTERM):
        assert ran(environment, "backfill")[0] == 0
        code, _, message = ran(environment, "reconcile")
        assert code == 2
        assert "Another process holds" in message
        code, _, message = ran(environment, "warehouse", "compact")
        assert code == 1
        assert "Another process holds" in message
