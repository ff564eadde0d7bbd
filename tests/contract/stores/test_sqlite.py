"""What only the SQLite store promises, about several processes, a killed process and the file itself."""

import asyncio
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from stores.documents import ORDERS
from stores.errors import StoreError, StoreUnavailable
from stores.keys import (
    Collection,
    conversation_key,
    conversations_of,
    session_key,
    sessions_of,
    trash_of,
)
from stores.ports import ConversationOrder, Delete, SessionOrder, SessionQuery, Update, Window
from stores.records import Record
from stores.sqlite import file
from stores.sqlite.queries import (
    changed_query,
    conversations_query,
    owned_query,
    scan_query,
    sessions_query,
)
from stores.sqlite.store import SQLiteStore
from tests.contract.records import create_mark, create_session

KEY = session_key("u", "s")

WRITER = """
import asyncio, sys
from stores.sqlite.store import SQLiteStore
from tests.contract.records import append

async def main(path, writer, appends):
    store = await SQLiteStore.open(path)
    for number in range(appends):
        await store.commit(append(f"{writer}-{number}", at=number))
        print(number, flush=True)
    await store.close()

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


def start_writer(path: Path, name: str, appends: int) -> subprocess.Popen[str]:
    """A process that appends turns and prints the number of each that was acknowledged."""
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, path, name, str(appends)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )


async def test_processes_that_share_a_file_lose_no_turn(path: Path) -> None:
    store = await SQLiteStore.open(path)
    await store.commit([create_session()])
    writers = [start_writer(path, name, 200) for name in ("one", "two")]
    for writer in writers:
        await asyncio.to_thread(writer.communicate)
    assert [writer.returncode for writer in writers] == [0, 0]
    session = (await store.get([KEY])).get(KEY)
    assert session is not None
    assert session.conversation_count == 400
    assert len(await store.list_conversations("u", "s", Window(500))) == 400
    await store.close()


async def test_opening_a_file_again_takes_no_lock_from_those_who_have_it_open(path: Path) -> None:
    first = await SQLiteStore.open(path)
    await first.commit([create_session()])
    second = await SQLiteStore.open(path)
    for name in ("one", "two"):
        await asyncio.to_thread(start_writer(path, name, 1).communicate)
        await first.commit([create_session(f"s-{name}")])
    statement = "SELECT count(*) FROM documents WHERE collection = 'sessions'"
    script = f"import sqlite3; print(*sqlite3.connect({str(path)!r}).execute({statement!r}))"
    seen = await asyncio.to_thread(subprocess.check_output, [sys.executable, "-c", script])
    assert seen == b"(3,)\n"
    await first.close()
    await second.close()


async def test_a_killed_writer_keeps_every_turn_it_acknowledged_and_no_half_of_one(
    path: Path,
) -> None:
    store = await SQLiteStore.open(path)
    await store.commit([create_session()])
    await store.close()
    writer = start_writer(path, "w", 100_000)
    assert writer.stdout is not None
    acknowledged = [writer.stdout.readline() for _ in range(50)]
    writer.kill()
    acknowledged += writer.stdout.read().splitlines()
    writer.wait()
    writer.stdout.close()

    store = await SQLiteStore.open(path)
    keys = [conversation_key("u", "s", f"w-{int(number)}") for number in acknowledged]
    found = await store.get(keys)
    assert all(found.get(key) for key in keys)
    session = (await store.get([KEY])).get(KEY)
    assert session is not None
    turns = await store.list_conversations("u", "s", Window(100_000))
    marks = await store.list_marks("u", 100_000)
    assert session.conversation_count == len(turns) == len(marks) >= len(acknowledged)
    await store.close()


async def test_a_new_file_can_be_opened_by_many_at_once(path: Path) -> None:
    stores = await asyncio.gather(*(SQLiteStore.open(path) for _ in range(8)))
    await asyncio.gather(
        *(store.commit([create_session(f"s{number}")]) for number, store in enumerate(stores))
    )
    assert len(await stores[0].list_sessions("u", Window(20))) == 8
    for store in stores:
        await store.close()


async def test_records_are_there_after_the_file_is_opened_again(path: Path) -> None:
    store = await SQLiteStore.open(path)
    time = (await store.commit([create_session()])).time
    await store.close()
    store = await SQLiteStore.open(path)
    session = (await store.get([KEY])).get(KEY)
    assert session is not None
    assert session.update_time == time
    await store.close()


async def test_commit_time_goes_on_when_the_clock_goes_back(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await SQLiteStore.open(path)
    before = await store.commit([create_session()])
    monkeypatch.setattr("stores.sqlite.writes.time.time_ns", lambda: 1_000_000)
    after = await store.commit([Update(KEY, set={"tags": ["a"]})])
    assert after.time == before.time + 1
    await store.close()


async def test_the_files_are_readable_by_their_owner_alone(path: Path) -> None:
    store = await SQLiteStore.open(path)
    await store.commit([create_session()])
    files = list(path.parent.iterdir())
    assert {file.name for file in files} == {path.name, f"{path.name}-wal", f"{path.name}-shm"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    await store.close()


async def test_a_file_of_a_newer_version_is_refused_and_left_alone(path: Path) -> None:
    await (await SQLiteStore.open(path)).close()
    newer = file.VERSION + 1
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {newer}")
    connection.close()
    with pytest.raises(StoreError, match=f"has version {newer}.*run the newer Recollect"):
        await SQLiteStore.open(path)


async def test_a_file_of_the_version_before_is_brought_up_to_date(path: Path) -> None:
    def schema() -> list[tuple[str]]:
        with closing(sqlite3.connect(path)) as connection:
            return connection.execute("SELECT name FROM sqlite_schema ORDER BY name").fetchall()

    store = await SQLiteStore.open(path)
    created = create_session()
    await store.commit([created])
    await store.close()
    complete = schema()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP INDEX documents_by_change")
        connection.execute("DROP INDEX dead_letters_in_order")
        connection.execute("DROP INDEX sessions_by_conversation_count")
        connection.execute("ALTER TABLE documents DROP COLUMN conversation_count")
        connection.execute("PRAGMA user_version = 2")

    store = await SQLiteStore.open(path)

    assert (await store.get([created.key])).get(created.key) is not None
    by_turns = SessionQuery(order="conversation_count")
    assert [each.session_id for each in await store.list_sessions("u", Window(9), by_turns)] == [
        "s"
    ]
    await store.close()
    assert schema() == complete


async def test_a_file_from_before_the_first_release_is_refused_and_left_alone(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE documents (path TEXT)")
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    with pytest.raises(StoreError, match=r"has version 1, from before.*move it away and import"):
        await SQLiteStore.open(path)
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT name FROM sqlite_schema").fetchall() == [("documents",)]
    connection.close()


async def test_a_file_that_is_not_sqlite_is_refused_and_left_alone(path: Path) -> None:
    letter = b"a letter, not a database\n" * 100
    await asyncio.to_thread(path.write_bytes, letter)
    with pytest.raises(
        StoreError, match=r"store\.sqlite is damaged or not an SQLite file: move it"
    ):
        await SQLiteStore.open(path)
    assert await asyncio.to_thread(path.read_bytes) == letter


async def test_a_file_that_was_damaged_is_told_from_one_that_is_locked(path: Path) -> None:
    store = await SQLiteStore.open(path)
    await store.commit([create_session()])
    await store.close()
    data = await asyncio.to_thread(path.read_bytes)
    first_page = data[:4096]
    await asyncio.to_thread(path.write_bytes, first_page.ljust(len(data), b"\xff"))
    store = await SQLiteStore.open(path)
    with pytest.raises(StoreError, match="damaged"):
        await store.get([KEY])
    await store.close()


async def test_a_missing_folder_is_unavailable_and_named(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "store.sqlite"
    with pytest.raises(StoreUnavailable, match="No such file or directory; its folder must exist"):
        await SQLiteStore.open(path)


async def test_a_file_that_another_process_keeps_locked_is_unavailable_but_can_be_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "BUSY_SECONDS", 0.1)
    store = await SQLiteStore.open(path)
    await store.commit([create_session()])
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable):
        await store.commit([create_mark("m")])
    assert (await store.get([KEY])).get(KEY) is not None
    other.execute("ROLLBACK")
    other.close()
    await store.commit([create_mark("m")])
    await store.close()


async def test_deleted_text_is_overwritten_in_the_file(path: Path) -> None:
    store = await SQLiteStore.open(path)
    await store.commit([create_session(derived_title="a secret title"), create_session("t")])
    await store.close()
    assert b"a secret title" in await asyncio.to_thread(path.read_bytes)

    store = await SQLiteStore.open(path)
    await store.commit([Delete(KEY)])
    await store.close()
    assert b"a secret title" not in await asyncio.to_thread(path.read_bytes)


def test_every_commit_is_synced_to_the_disk(path: Path) -> None:
    file.prepare(path)
    connection = file.connect(path)
    full = 2
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (full,)
    connection.close()


WINDOWS = [Window(5, (1, "a"), (3, "b"), from_end=from_end) for from_end in (False, True)]


@pytest.mark.parametrize("narrowed", [{}, {"status": "active", "pinned": True, "tag": "a"}])
@pytest.mark.parametrize(
    ("collection", "order"),
    [(collection, order) for collection in ("sessions", "trash") for order in ORDERS[collection]],
)
def test_a_page_of_sessions_is_read_from_an_index_in_its_order(
    path: Path, collection: str, order: SessionOrder, narrowed: dict[str, Any]
) -> None:
    query = SessionQuery(order, trash=collection == "trash", **narrowed)
    for window in WINDOWS:
        step, *of_tags = plan_of(path, *sessions_query("u", window, query))
        index = f"{collection}_by_{order}"
        ends = f"(parent=? AND ({order},path)>(?,?) AND ({order},path)<(?,?))"
        assert step == f"SEARCH documents USING INDEX {index} {ends}"
        assert not any("documents" in each or "ORDER BY" in each for each in of_tags)


@pytest.mark.parametrize("order", ORDERS["conversations"])
def test_a_page_of_turns_is_read_from_an_index_in_its_order(
    path: Path, order: ConversationOrder
) -> None:
    for window in WINDOWS:
        (step,) = plan_of(path, *conversations_query("u", "s", window, order))
        index = f"conversations_by_{order}"
        ends = f"(parent=? AND ({order},path)>(?,?) AND ({order},path)<(?,?))"
        assert step == f"SEARCH documents USING INDEX {index} {ends}"


@pytest.mark.parametrize("collection", ["users", "erased", "marks"])
def test_a_scan_is_read_from_an_index_in_its_order(path: Path, collection: str) -> None:
    (step,) = plan_of(path, *scan_query(collection, None, 5))
    assert step == f"SEARCH documents USING INDEX {collection}_in_order (path>? AND path<?)"


@pytest.mark.parametrize("of", [sessions_of("u"), trash_of("u"), conversations_of("u", "s")])
def test_a_page_of_changes_is_read_from_an_index_in_its_order(
    path: Path, of: Collection[Record]
) -> None:
    for window in WINDOWS:
        (step,) = plan_of(path, *changed_query(of, window))
        ends = "(parent=? AND (update_time,path)>(?,?) AND (update_time,path)<(?,?))"
        assert step == f"SEARCH documents USING INDEX documents_by_change {ends}"


def test_the_marks_of_a_user_are_read_from_an_index(path: Path) -> None:
    (step,) = plan_of(path, *owned_query("marks", "u", 5))
    assert step == "SEARCH documents USING INDEX marks_in_order (path>? AND path<?)"


def plan_of(path: Path, query: str, values: Sequence[str | int]) -> list[str]:
    """The steps of SQLite's plan for a query; a sort would be a step of its own."""
    file.prepare(path)
    connection = sqlite3.connect(path)
    steps = connection.execute(f"EXPLAIN QUERY PLAN {query}", values).fetchall()
    connection.close()
    return [detail for *_, detail in steps]


async def test_readers_see_a_commit_whole_or_not_at_all(tmp_path: Path) -> None:
    writer, reader = [await SQLiteStore.open(tmp_path / "store.sqlite") for _ in range(2)]
    await writer.commit([create_session(), create_session("t")])
    other = session_key("u", "t")
    writes = asyncio.gather(
        *(
            writer.commit([Update(key, increase={"conversation_count": 1}) for key in (KEY, other)])
            for _ in range(30)
        )
    )
    while not writes.done():
        found = await reader.get([KEY, other])
        one, two = found.get(KEY), found.get(other)
        assert one is not None
        assert two is not None
        assert one.conversation_count == two.conversation_count
    await writes
    await writer.close()
    await reader.close()
