"""A page has the same records, whether SQLite joins its documents to one row or they are read one by one."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from stores.documents import to_document
from stores.errors import Unreadable
from stores.keys import conversation_key
from stores.ports import Window
from stores.records import Conversation
from stores.sqlite import file
from stores.sqlite.queries import conversations_query
from stores.sqlite.reads import take
from tests.contract.records import turn

QUERY = conversations_query("u", "s", Window(10, from_end=True), "timestamp")


class Watched(sqlite3.Connection):
    """Notes how many rows are fetched."""

    fetched = 0

    def execute(self, *query: object) -> sqlite3.Cursor:
        """Run a statement with a cursor that counts its rows."""
        return self.cursor(_Cursor).execute(*query)  # type: ignore[arg-type]


class _Cursor(sqlite3.Cursor):
    def __next__(self) -> object:
        Watched.fetched += 1
        return super().__next__()


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Watched]:
    """A file with a session of five turns."""
    path = tmp_path / "store.sqlite"
    file.prepare(path)
    Watched.fetched = 0
    with closing(sqlite3.connect(path, factory=Watched, isolation_level=None)) as connection:
        for number in range(5):
            add(
                connection,
                number,
                json.dumps(to_document(turn(f"turn-{number}", timestamp=number))),
            )
        yield connection


def add(connection: sqlite3.Connection, number: int, data: str) -> None:
    """Write a document of the session, as it is."""
    path = conversation_key("u", "s", f"turn-{number}").path
    connection.execute(
        "INSERT INTO documents (path, parent, collection, data, update_time) VALUES (?, ?, ?, ?, ?)",
        (file.joined(path), file.joined(path[:-1]), path[-2], data, 100 + number),
    )


def found(connection: sqlite3.Connection, size: int | None) -> Sequence[tuple[str, int, bool]]:
    """The id and last write of the turns that are read, and whether they are readable."""
    entries, _ = take(connection, Conversation, QUERY, size)
    return [(key.id, each.update_time, not isinstance(each, Unreadable)) for key, each in entries]


@pytest.mark.parametrize(("size", "rows"), [(None, 0), (10**6, 0), (10**3, 2)])
def test_the_documents_of_a_small_page_come_in_one_step(
    connection: Watched, size: int | None, rows: int
) -> None:
    """Python's module lets go of the interpreter's lock for each row."""
    newest_first = [(f"turn-{number}", 100 + number, True) for number in reversed(range(5))]
    assert found(connection, size) == newest_first[: rows or None]
    assert Watched.fetched == rows


@pytest.mark.parametrize("damaged", ["null", "[]", "1", '{"query": 1}'])
@pytest.mark.parametrize("size", [None, 10**6])
def test_a_damaged_document_damages_no_other(
    connection: Watched, damaged: str, size: int | None
) -> None:
    connection.execute("UPDATE documents SET data = ? WHERE path LIKE '%turn-2'", (damaged,))
    readable = {turn_id: good for turn_id, _, good in found(connection, size)}
    assert readable == {f"turn-{number}": number != 2 for number in range(5)}


def test_a_number_that_orjson_refuses_is_read(connection: Watched) -> None:
    data = json.dumps({**to_document(turn("turn-5", timestamp=5)), "input_tokens": 10**30})
    add(connection, 5, data)
    assert found(connection, None)[0] == ("turn-5", 105, False)
    assert [good for *_, good in found(connection, None)[1:]] == 5 * [True]
