"""Order and concurrency of exporting: no user waits long, and no step overtakes one that it must follow."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from analytics.mirror import passes
from analytics.mirror.exporter import Exporter
from analytics.mirror.passes import MARKS_AT_ONCE, Pass
from analytics.mirror.progress import Progress
from analytics.mirror.ranges import RANGES, sweep
from analytics.warehouse.port import Parameter, Warehouse, WarehouseUnavailable
from analytics.warehouse.rows import Row
from stores.keys import Key, conversation_key, mark_key, session_key
from stores.mirror_records import Change, ExportMark
from stores.ports import Create, Entry, Store, Update
from tests.integration.mirror.exporter_pairs import (
    ALWAYS,
    T0,
    Pair,
    commit,
    forgotten,
    of_session,
    of_turn,
    opened,
    session_of,
    shown,
    turn_of,
)

pytest_plugins = ["tests.integration.mirror.exporter_fixtures"]

WAITING = 10_000


def user(number: int) -> str:
    """A user id; ids are spread over all ranges, as hashes are."""
    return f"{number * 37 % 256:02x}user{number}"


def marks(uid: str, change: Change, count: int) -> list[Create]:
    made = [ExportMark(uid=uid, mark_id=uuid4().hex, changes=[change]) for _ in range(count)]
    return [Create(mark_key(uid, mark.mark_id), mark) for mark in made]


async def write(store: Store, creates: Sequence[Create]) -> None:
    for start in range(0, len(creates), 500):
        await store.commit(creates[start : start + 500])


async def left(store: Store) -> list[ExportMark]:
    return [mark async for page in sweep(store, RANGES, 500) for mark in page]


class Writers:
    """A store to which others write marks of 50 users, a quarter of a page for each page that is read."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.scans = 0
        self.written = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def scan_marks(
        self, after: Key[ExportMark] | None, limit: int, until: Key[ExportMark] | None = None
    ) -> Sequence[Entry[ExportMark]]:
        self.scans += 1
        found = await self._store.scan_marks(after, limit, until)
        if found:
            self.written += limit // 4
            change = of_session(session_of("kept"))
            await write(
                self._store,
                [mark for n in range(50) for mark in marks(user(n), change, limit // 4 // 50)],
            )
        return found


async def test_ten_thousand_marks_drain_while_writers_go_on(pair: Pair) -> None:
    users = [user(number) for number in range(50)]
    async with opened(pair) as (store, warehouse):
        await Exporter(store, warehouse).drain()
        waiting: list[Create] = []
        for uid in users:
            session = session_of("kept")
            await store.commit([Create(session_key(uid, "kept"), session)])
            waiting += marks(uid, of_session(session), WAITING // len(users))
        await write(store, waiting)
        existed = {mark.mark_id for mark in await left(store)}
        assert len(existed) == WAITING

        busy: Any = Writers(store)
        await Pass(busy, warehouse, Progress()).over(RANGES, lambda: False)
        after_one = await left(store)
        # All marks that waited when the pass began are gone when it ends, whatever arrived meanwhile.
        assert not existed & {mark.mark_id for mark in after_one}
        # Marks that arrived meanwhile took at most pages of their own, and some of them still wait.
        assert busy.scans <= (WAITING + busy.written) / MARKS_AT_ONCE + 2 * len(RANGES) + 1
        assert len(after_one) < busy.written

        await Pass(busy, warehouse, Progress()).over(RANGES, lambda: False)
        assert len(await left(store)) < len(after_one)
        await Exporter(store, warehouse).drain()
        assert await left(store) == []
        for uid in users:
            (row,) = await warehouse.query("user_sessions", {"uid": uid, **ALWAYS})
            assert row["session_id"] == "kept"


async def test_neither_a_busy_user_nor_a_low_id_holds_up_another(tmp_path: Path) -> None:
    async with opened(Pair(folder=str(tmp_path))) as (store, _):
        change = of_session(session_of("kept"))
        await write(store, marks("0low", change, 900) + marks("7busy", change, 900))
        await write(store, [*marks("7late", change, 1), *marks("fhigh", change, 1)])
        seen = [[mark.uid for mark in page] async for page in sweep(store, RANGES, 20)]
    assert sum(map(len, seen)) == 1802
    first = next(n for n, page in enumerate(seen) if "fhigh" in page)
    assert first <= len(RANGES)
    full = [page[0] for page in seen if len(page) == 20]
    assert all(one != other for one, other in pairwise(full[1:80]))


async def test_while_little_waits_a_pass_is_one_request(tmp_path: Path) -> None:
    async with opened(Pair(folder=str(tmp_path))) as (store, _):
        change = of_session(session_of("kept"))
        await write(store, [mark for n in range(9) for mark in marks(user(n), change, 1)])
        counting: Any = Writers(store)
        assert [len(page) async for page in sweep(counting, RANGES, 10)] == [9]
    assert counting.scans == 1


async def test_a_mark_that_says_another_id_than_its_own_is_exported_once(pair: Pair) -> None:
    mark = ExportMark(uid="bert", mark_id="other", changes=[of_session(session_of("kept"))])
    async with opened(pair) as (store, warehouse):
        await Exporter(store, warehouse).drain()
        await store.commit([Create(mark_key("anna", "own"), mark)])
        assert await asyncio.wait_for(Exporter(store, warehouse).drain(), 300) == 1
        assert await left(store) == []


class Slow:
    """A warehouse with slow appends, and its calls in order."""

    def __init__(self, warehouse: Warehouse, together: int = 1) -> None:
        self._warehouse = warehouse
        self._together = together
        self._here = 0
        self._met = asyncio.Event()
        self.events: list[str] = []

    async def append(self, rows: Sequence[Row]) -> None:
        self._here += 1
        if self._here >= self._together:
            self._met.set()
        await asyncio.wait_for(self._met.wait(), 300)
        await asyncio.sleep(random.uniform(0, 0.05))  # noqa: S311
        await self._warehouse.append(rows)
        self.events.append("append")

    async def execute(self, statement: str, parameters: Mapping[str, Parameter]) -> int:
        self.events.append("forget")
        return await self._warehouse.execute(statement, parameters)


async def test_several_appends_are_in_flight_at_once(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passes, "MARKS_AT_ONCE", 10)
    async with opened(pair) as (store, warehouse):
        # The first append ends when a third one has begun.
        slow: Any = Slow(warehouse, together=3)
        await Exporter(store, slow).drain()
        assert len((await shown(warehouse))["sessions"]) == 6


async def test_nothing_is_forgotten_before_all_that_was_read_is_appended(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passes, "MARKS_AT_ONCE", 5)
    async with opened(pair) as (store, warehouse):
        slow: Any = Slow(warehouse)
        await Pass(store, slow, Progress()).over(RANGES, lambda: False)
        assert "forget" in slow.events
        assert "append" not in slow.events[slow.events.index("forget") :]
        assert await left(store) == []


async def test_much_to_forget_is_forgotten_in_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passes, "MARKS_AT_ONCE", 5)
    monkeypatch.setattr(passes, "FORGET_AT_ONCE", 5)
    async with opened(Pair(folder=str(tmp_path))) as (store, warehouse):
        for n in range(60):
            turn = turn_of("anna", "kept", n)
            await commit(store, "anna", [], [forgotten(of_turn(turn))])
        slow: Any = Slow(warehouse)
        assert await Pass(store, slow, Progress()).over(RANGES, lambda: False) == 60
        assert "append" in slow.events[slow.events.index("forget") :]
        assert await left(store) == []


async def test_a_row_read_too_long_ago_is_read_again_and_not_appended(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = turn_of("anna", "kept", 1)
    async with opened(pair) as (store, warehouse):
        await Exporter(store, warehouse).drain()
        await commit(store, "anna", [], [of_turn(turn)])
        slow: Any = Slow(warehouse)
        with monkeypatch.context() as patch:
            patch.setattr(passes, "LONGEST_APPEND", 0)
            with pytest.raises(WarehouseUnavailable):
                await Exporter(store, slow).drain()
        assert slow.events == []
        with monkeypatch.context() as patch:
            patch.setattr(passes, "LONGEST_APPEND", 0.5)
            never: Any = Slow(warehouse, together=2)
            with pytest.raises(WarehouseUnavailable):
                await Exporter(store, never).drain()
        assert never.events == []
        stub = Update(
            conversation_key("anna", "kept", turn.conversation_id), set={"response": "Newer"}
        )
        await store.commit([stub])
        assert await Exporter(store, warehouse).drain() == 1
        answers = {row["response"] for row in (await shown(warehouse))["turns"]}
        assert "Newer" in answers


async def test_the_progress_counts_what_was_done(pair: Pair) -> None:
    async with opened(pair) as (store, warehouse):
        exporter = Exporter(store, warehouse)
        count = await exporter.drain()
        progress = exporter.progress
        assert progress.marks == count > 0
        rows = await warehouse.query("rows_up_to", {"uid": "anna", "before": 4 * T0})
        assert sum(row["row_count"] for row in rows) <= progress.rows
        assert progress.bytes > 1000
        assert progress.last_success is not None
        assert (progress.retries, progress.last_error, progress.circuit) == (0, None, "closed")
