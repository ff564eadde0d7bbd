"""Backfill, reconcile and compact as an operator runs them, with their statuses and no text."""

import asyncio
import os
import signal
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from recollect.cli import main
from stores.keys import Key, conversation_key, dead_letter_key
from stores.records import Record
from tests.damaged_records import SECRET, damage
from tests.e2e.ports import free_port
from tests.e2e.processes.test_import_and_restart import Environment, server
from tests.integration.mirror.exporter_pairs import Pair, fill


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    for name in os.environ:
        if name.startswith("RECOLLECT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("RECOLLECT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("RECOLLECT_PORT", str(free_port()))
    return dict(os.environ)


async def filled(folder: Path) -> None:
    store = await Pair(folder=str(folder)).open_store()
    await fill(store)
    await store.close()


def ran(*arguments: str) -> tuple[int, str, str]:
    """Status, output and messages of a command, run in this process because starting one takes long."""
    done = CliRunner().invoke(main, arguments)
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert "asks" not in done.output
    return done.exit_code, done.stdout, done.stderr


def altered(folder: Path, statement: str) -> None:
    with duckdb.connect(folder / "warehouse.duckdb") as connection:
        connection.execute(statement)


def test_differences_are_told_repaired_and_gone(environment: Environment, tmp_path: Path) -> None:
    asyncio.run(filled(tmp_path))
    assert ran("export", "--once")[0] == 0
    assert ran("reconcile")[:2] == (0, "Store and mirror are equal.\n")
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
    code, told, _ = ran("reconcile")
    assert (code, sorted(told.splitlines())) == (1, sorted(differing))
    code, told, _ = ran("reconcile", "--repair")
    assert (code, sorted(told.splitlines())) == (0, sorted([*differing, "4 repaired, 0 left"]))
    assert ran("reconcile")[:2] == (0, "Store and mirror are equal.\n")


def test_a_backfill_fills_an_empty_warehouse_and_compaction_keeps_it_equal(
    environment: Environment, tmp_path: Path
) -> None:
    asyncio.run(filled(tmp_path))
    assert ran("export", "--once")[0] == 0
    (tmp_path / "warehouse.duckdb").unlink()
    code, told, _ = ran("reconcile")
    assert code == 1
    assert "missing conversations" in told
    assert ran("backfill")[1].endswith(" records marked\n")
    assert ran("export", "--once")[0] == 0
    assert ran("reconcile")[0] == 0
    ran("backfill")
    ran("export", "--once")
    code, told, _ = ran("warehouse", "compact")
    assert code == 0
    assert "superseded" in told
    assert ran("reconcile")[0] == 0
    assert ran("warehouse", "compact")[:2] == (0, "Nothing to do.\n")


def test_while_the_api_runs_a_backfill_is_taken_and_the_rest_says_why_not(
    environment: Environment, tmp_path: Path
) -> None:
    asyncio.run(filled(tmp_path))
    with server(environment, signal.SIGTERM):
        assert ran("backfill")[0] == 0
        code, _, message = ran("reconcile")
        assert code == 2
        assert "Another process has" in message
        code, _, message = ran("warehouse", "compact")
        assert code == 1
        assert "Another process has" in message


async def damaged(folder: Path, key: Key[Record], **values: object) -> None:
    store = await Pair(folder=str(folder)).open_store()
    await damage(store, key, **values)
    await store.close()


def test_what_can_not_be_read_is_told_by_each_command_and_stops_none(
    environment: Environment, tmp_path: Path
) -> None:
    asyncio.run(filled(tmp_path))
    assert ran("export", "--once")[0] == 0
    turn = conversation_key("anna", "kept", "c01")
    asyncio.run(damaged(tmp_path, turn, query=[SECRET]))
    line = f"{'/'.join(turn.path)} can't be read (query: string_type): "
    for command in (["reconcile"], ["reconcile", "--repair"]):
        code, told, messages = ran(*command)
        assert (code, told.splitlines()[-1]) == (1, "1 unreadable records")
        assert told.startswith(line)
        assert SECRET not in told + messages
    code, told, _ = ran("backfill")
    assert (code, told.startswith(line), told.endswith(" records marked\n")) == (0, True, True)
    # Her turns are old enough to be removed, and removing reads them.
    code, told, messages = ran("sweep")
    assert (code, "1 records that can't be read" in told) == (0, True)
    assert line in messages
    assert SECRET not in told + messages
    assert ran("status")[0] == 0


def test_dead_letters_are_listed_and_dropped_though_one_can_not_be_read(
    environment: Environment, tmp_path: Path
) -> None:
    asyncio.run(filled(tmp_path))
    turn = conversation_key("anna", "kept", "c01")
    asyncio.run(damaged(tmp_path, turn, query=[SECRET]))
    assert ran("export", "--once")[0] == 0
    code, told, _ = ran("dead-letters", "list")
    assert code == 0
    assert f"{'/'.join(turn.path)} can't be read (query: string_type)" in told
    letter = told.split()[0]
    asyncio.run(damaged(tmp_path, dead_letter_key("anna", letter), change=SECRET))
    code, told, _ = ran("dead-letters", "list")
    assert (code, told.startswith(f"{letter}  users/anna/dead_letters/{letter} can't")) == (0, True)
    code, told, _ = ran("dead-letters", "retry")
    assert (code, "0 marked" in told, "1 can't be read: drop them" in told) == (0, True, True)
    assert ran("dead-letters", "drop", "--yes")[:2] == (0, "1 dropped\n")
    assert ran("dead-letters", "list")[1] == "There are no dead letters.\n"
