"""A row that the warehouse does not accept is set aside, and nothing else waits for it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from analytics.mirror import dead_letters
from analytics.mirror.exporter import Exporter
from analytics.unreadable_records import readable_records
from analytics.warehouse.port import RowsRefused, Warehouse, WarehouseUnavailable
from analytics.warehouse.rows import ConversationRow, Row
from recollect.cli import main
from stores.keys import conversation_key, session_key
from stores.mirror_records import DeadLetter
from stores.ports import Create, Store, Update
from stores.records import Conversation
from tests.integration.mirror.exporter_pairs import (
    ALWAYS,
    Pair,
    commit,
    of_session,
    of_turn,
    opened,
    session_of,
    turn_of,
)

pytest_plugins = ["tests.integration.mirror.exporter_fixtures"]

BAD = 311
TOO_LARGE = {"metadata": {"x": "y" * 8_000_000}}


async def write_turns(store: Store, turns: Sequence[Conversation]) -> None:
    session = session_of("many")
    await commit(
        store, "carl", [Create(session_key("carl", "many"), session)], [of_session(session)]
    )
    for turn in turns:
        key = conversation_key("carl", "many", turn.conversation_id)
        await commit(store, "carl", [Create(key, turn)], [of_turn(turn)])


async def letters(store: Store) -> list[DeadLetter]:
    return readable_records([letter async for _, letter in dead_letters.all_dead_letters(store)])


async def turns_of(warehouse: Warehouse) -> set[str]:
    rows = await warehouse.query("conversation_history", {"uid": "carl", **ALWAYS})
    return {row["conversation_id"] for row in rows}


@pytest.fixture(params=["", "by name "], ids=["unnamed", "named"])
def cause(request: pytest.FixtureRequest, pair: Pair, tmp_path: Path) -> dict[str, Any]:
    """Fields with which a turn is refused: by BigQuery as long as a file exists, with or without naming the
    row, and for DuckDB, which refuses no valid row, by the validation."""
    if pair.folder:
        text = "🙂" * 2**20
        return TOO_LARGE if request.param else {"query": text, "response": text}
    file = tmp_path / "refuse"
    file.touch()
    return {"query": f"[refused {request.param}while {file} exists]"}


REASONS = ("at most 8,000,000 fit", "BigQuery refused the row")
MENDED = {"query": "Mended", "response": "Mended", "metadata": {}}


async def test_one_bad_row_among_500_is_set_aside_and_lands_once_its_cause_is_gone(
    pair: Pair, cause: dict[str, Any], tmp_path: Path
) -> None:
    turns = [turn_of("carl", "many", n) for n in range(500)]
    turns[BAD] = turns[BAD].model_copy(update=cause)
    bad = turns[BAD].conversation_id
    async with opened(pair) as (store, warehouse):
        await Exporter(store, warehouse).drain()
        await write_turns(store, turns)
        exporter = Exporter(store, warehouse)
        assert await exporter.drain() == 501
        assert await turns_of(warehouse) == {turn.conversation_id for turn in turns} - {bad}
        assert await store.scan_marks(None, 1) == []
        (letter,) = await letters(store)
        assert letter.change == of_turn(turns[BAD])
        assert letter.attempts == 1
        assert any(reason in letter.reason for reason in REASONS)
        assert "asks" not in str(letter)
        assert str(tmp_path) not in str(letter)
        assert exporter.progress.dead_letters == 1

        found = [each async for each in dead_letters.all_dead_letters(store)]
        assert await dead_letters.retry(store, found) == 1
        assert await Exporter(store, warehouse).drain() == 1
        (again,) = await letters(store)
        assert (again.attempts, again.since) == (2, letter.since)

        (tmp_path / "refuse").unlink(missing_ok=True)
        if pair.folder:
            key = conversation_key("carl", "many", bad)
            await store.commit([Update(key, set=MENDED)])
        assert await dead_letters.retry(store, found) == 1
        assert await letters(store) == [again]
        assert await exporter.drain() == 1
        assert await turns_of(warehouse) == {turn.conversation_id for turn in turns}
        assert await letters(store) == []
        assert exporter.progress.dead_letters == 0


async def test_a_later_change_that_lands_removes_the_dead_letter(
    pair: Pair, cause: dict[str, Any]
) -> None:
    turn = turn_of("carl", "many", 1).model_copy(update=cause)
    async with opened(pair) as (store, warehouse):
        await write_turns(store, [turn])
        await Exporter(store, warehouse).drain()
        assert len(await letters(store)) == 1
        key = conversation_key("carl", "many", turn.conversation_id)
        mended = Update(key, set=MENDED)
        await commit(store, "carl", [mended], [of_turn(turn)])
        await Exporter(store, warehouse).drain()
        assert await turns_of(warehouse) == {turn.conversation_id}
        assert await letters(store) == []


async def test_dead_letters_go_with_their_user(pair: Pair) -> None:
    async with opened(pair) as (store, warehouse):
        await write_turns(store, [turn_of("carl", "many", 1)])
        refusing: Any = Refusing(
            warehouse, lambda row: isinstance(row, ConversationRow) and row.uid == "carl"
        )
        await Exporter(store, refusing).drain()
        (letter,) = readable_records(await store.list_dead_letters("carl", 10))
        assert letter.reason == "It refused them."
        assert letter.change.conversation_id == "c01"
        assert await store.list_dead_letters("anna", 10) == []
        assert (await store.delete_user("carl"))["dead_letters"] == 1
        assert await letters(store) == []


class Refusing:
    """A warehouse that refuses some rows, without saying which."""

    def __init__(self, warehouse: Warehouse, refuses: Callable[[Row], bool]) -> None:
        self._warehouse = warehouse
        self._refuses = refuses
        self.appends = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._warehouse, name)

    async def append(self, rows: Sequence[Row]) -> None:
        self.appends += 1
        if any(map(self._refuses, rows)):
            raise RowsRefused("It refused them.")
        await self._warehouse.append(rows)


async def test_a_warehouse_that_names_no_row_is_asked_about_ever_fewer(tmp_path: Path) -> None:
    turns = [turn_of("carl", "many", n) for n in range(300)]
    bad = {turns[n].conversation_id for n in (0, 17, 299)}
    async with opened(Pair(folder=str(tmp_path))) as (store, warehouse):
        await write_turns(store, turns)
        refusing: Any = Refusing(warehouse, lambda row: getattr(row, "conversation_id", "") in bad)
        await Exporter(store, refusing).drain()
        assert {letter.change.conversation_id for letter in await letters(store)} == bad
        assert len(await turns_of(warehouse)) == 297
    assert refusing.appends < 70


async def test_a_table_that_takes_no_row_sets_none_aside(tmp_path: Path) -> None:
    turns = [turn_of("carl", "many", n) for n in range(100)]
    async with opened(Pair(folder=str(tmp_path))) as (store, warehouse):
        await write_turns(store, turns)
        refusing: Any = Refusing(warehouse, lambda row: isinstance(row, ConversationRow))
        with pytest.raises(WarehouseUnavailable, match="recollect warehouse init"):
            await Exporter(store, refusing).drain()
        assert refusing.appends < 50
        assert await letters(store) == []
        assert await Exporter(store, warehouse).drain() == 101


@pytest.fixture
async def set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pair:
    """Two turns are dead letters in the data folder of the command line."""
    monkeypatch.setenv("RECOLLECT_DATA_DIR", str(tmp_path))
    pair = Pair(folder=str(tmp_path))
    async with opened(pair) as (store, warehouse):
        await write_turns(
            store, [turn_of("carl", "many", n).model_copy(update=TOO_LARGE) for n in range(2)]
        )
        await Exporter(store, warehouse).drain()
    return pair


def told(*arguments: str, answer: str = "") -> str:
    result = CliRunner().invoke(main, ["dead-letters", *arguments], input=answer)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_command_line_lists_retries_and_drops(set_aside: Pair) -> None:
    lines = told("list").splitlines()
    assert len(lines) == 2
    assert "at most 8,000,000 fit (1 attempts since 2" in lines[0]
    assert not any("asks" in line or "Answer" in line for line in lines)
    first = lines[0].split()[0]
    assert told("retry", first).startswith("1 marked to be exported again. A running API")
    assert "1 dropped" in told("drop", first, answer="y\n")
    assert told("list").splitlines() == lines[1:]
    assert told("drop", "--yes") == "1 dropped\n"
    assert told("list") == "There are no dead letters.\n"


def test_dropping_asks_first_and_an_unknown_id_is_told(set_aside: Pair) -> None:
    runner = CliRunner()
    assert runner.invoke(main, ["dead-letters", "drop"], input="n\n").exit_code == 1
    assert len(told("list").splitlines()) == 2
    for command in ("retry", "drop"):
        result = runner.invoke(main, ["dead-letters", command, "nothing"])
        assert result.exit_code == 1
        assert "There is no dead letter nothing" in result.output
