"""A removed user leaves nothing in the SQLite store's files."""

import asyncio
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stores.errors import StoreUnavailable
from stores.keys import (
    Key,
    conversation_key,
    erasure_key,
    profile_key,
    session_key,
    trash_key,
)
from stores.mirror_records import Erasure
from stores.ports import Create, Delete, Update, Window, Write
from stores.records import Feedback, Profile, Record
from stores.sqlite import file
from stores.sqlite.store import SQLiteStore
from tests.contract.records import append, create_mark, create_session, session, turn

EMAIL = "ann.marker@example.com"
MARKERS = [f"marker{number:02}of50" for number in range(50)]
PATHS = "\x1fann\x1f"
"""The text that the paths of all the user's records contain."""
SESSIONS = [f"s{number}" for number in range(9)]
TURNS = 400

READER = """
import asyncio, sys
from stores.ports import Window
from stores.sqlite.store import SQLiteStore

async def main(path):
    store = await SQLiteStore.open(path)
    while True:
        for uid in ("ann", "bob"):
            await store.list_sessions(uid, Window(50))
            await store.list_conversations(uid, "s0", Window(50))
        print("read", flush=True)

asyncio.run(main(sys.argv[1]))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


def commits_of(uid: str, words: list[str], email: str) -> Iterator[list[Write]]:
    """Commits that create a user's records with the words in every text field, and that grow, shrink and
    delete them in random order, until SQLite has moved many of them between pages of the file."""
    chance = random.Random(8)  # noqa: S311
    sizes = [1, 4, 30, 90, 200, 500]
    yield [Create(profile_key(uid), Profile(created_at=1, email=email))]
    for number, name in enumerate(SESSIONS):
        titles = {"derived_title": words[number], "custom_title": words[-number]}
        tags = chance.sample(words, 3)
        yield [create_session(name, uid, **titles, tags=tags, metadata={words[7]: words[8]})]
    turns: list[Key[Record]] = []
    for number in range(TURNS):
        name, word = chance.choice(SESSIONS), words[number % len(words)]
        turns.append(conversation_key(uid, name, f"c{chance.randrange(10**9)}"))
        text = f"{word} " * chance.choice(sizes)
        asked = turn(turns[-1].id, name, query=text, metadata={"note": [word]})
        yield [Create(turns[-1], asked), create_mark(f"m{chance.randrange(10**9)}", uid)]
        answer = f"{word} " * chance.choice(sizes)
        rated = Feedback(score=1, comment=word).model_dump()
        changes = {"response": answer, "feedback": rated, "citations": [word]}
        yield [Update(chance.choice(turns), set=changes)]
        if number % 4 == 0:
            yield [Delete(turns.pop(chance.randrange(len(turns))))]
    gone = session("gone", derived_title=words[0], tags=words[:20])
    yield [Create(trash_key(uid, "gone"), gone), Delete(session_key(uid, SESSIONS[1]))]


async def fill(store: SQLiteStore) -> None:
    """Write two users' records alternately, so that they share pages."""
    words = [f"others{number:02}of50" for number in range(50)]
    anns, bobs = commits_of("ann", MARKERS, EMAIL), commits_of("bob", words, "bob@example.com")
    for ann, bob in zip(anns, bobs, strict=True):
        await store.commit(ann)
        await store.commit(bob)
    await store.commit([Create(erasure_key("ann"), Erasure(started_at=1))])


def found_in_files(path: Path, words: list[str]) -> set[str]:
    """The words that occur in the database, its log or its shared memory.

    Another process reads the files: closing one in this process would release SQLite's locks on it.
    """
    data = subprocess.run(
        ["cat", *path.parent.iterdir()], stdout=subprocess.PIPE, check=True
    ).stdout
    return {word for word in words if word.encode() in data}


async def everything_of(store: SQLiteStore, uid: str) -> list[object]:
    turns = [await store.list_conversations(uid, name, Window(TURNS)) for name in SESSIONS]
    trashed = (await store.get([trash_key(uid, "gone")])).get(trash_key(uid, "gone"))
    return [await store.list_sessions(uid, Window(TURNS)), turns, trashed]


@contextmanager
def reading_process(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that reads both users' records again and again."""
    process = subprocess.Popen(
        [sys.executable, "-c", READER, path],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "read\n"
        yield process
    finally:
        process.kill()
        process.communicate()


async def test_no_word_of_a_removed_user_is_left_in_the_files(path: Path) -> None:
    store, other = await SQLiteStore.open(path), await SQLiteStore.open(path)
    await fill(store)
    assert found_in_files(path, [*MARKERS, EMAIL, PATHS]) == {*MARKERS, EMAIL, PATHS}
    bobs = await everything_of(other, "bob")

    with reading_process(path) as reader:
        removed = await store.delete_user("ann")
        assert reader.poll() is None
        files = sorted(file.name for file in path.parent.iterdir())
        assert files == [path.name, f"{path.name}-shm", f"{path.name}-wal"]
        assert found_in_files(path, [*MARKERS, EMAIL, PATHS]) == set()

    assert removed["conversations"] == TURNS * 3 // 4
    assert await everything_of(other, "bob") == bobs
    await other.commit(append("new", "s0", "bob"))
    await store.close()
    await other.close()
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


async def test_a_reader_of_an_old_state_makes_it_unavailable_until_it_ends(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "BUSY_SECONDS", 0.2)
    store = await SQLiteStore.open(path)
    await store.commit([create_session(uid="ann", derived_title=MARKERS[0])])
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM documents").fetchone()

    async with asyncio.timeout(60):
        with pytest.raises(StoreUnavailable, match="while another program reads it: try again"):
            await store.delete_user("ann")
    assert await store.list_sessions("ann", Window(1)) == []
    assert found_in_files(path, MARKERS) == {MARKERS[0]}

    reader.execute("ROLLBACK")
    assert await store.delete_user("ann") == {}
    assert found_in_files(path, MARKERS) == set()
    reader.close()
    await store.close()
