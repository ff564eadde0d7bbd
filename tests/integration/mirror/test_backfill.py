"""A backfill marks everything that the store holds, exactly once, wherever it is interrupted."""

import asyncio
import json
import sys
from dataclasses import asdict
from typing import Any

import pytest

from analytics.mirror.exporter import Exporter
from analytics.unreadable_records import readable_records
from analytics.upkeep import scans
from analytics.upkeep.backfill import BackfillTakenOver, backfill
from stores.keys import backfill_key, conversation_key, mark_key
from stores.mirror_records import ExportMark
from stores.ports import Delete, Store, Update
from tests.integration.mirror.exporter_pairs import Pair, commit, of_turn, opened, shown, turn_of
from tests.integration.mirror.test_exporter_rows import held

pytest_plugins = ["tests.integration.mirror.exporter_fixtures"]


async def all_marks(store: Store) -> list[ExportMark]:
    found: list[ExportMark] = []
    while page := await store.scan_marks(
        mark_key(found[-1].uid, found[-1].mark_id) if found else None, 300
    ):
        found += readable_records(page)
    return found


async def forget_marks(store: Store) -> None:
    """Remove all marks, as in a store older than its mirror, or one whose warehouse was lost."""
    marks = await all_marks(store)
    await store.commit([Delete(mark_key(mark.uid, mark.mark_id)) for mark in marks])


def quietly(done: int, expected: int) -> None:
    pass


async def test_it_brings_all_that_is_held_to_an_empty_mirror(pair: Pair) -> None:
    async with opened(pair) as (store, warehouse):
        await forget_marks(store)
        reported: list[tuple[int, int]] = []
        gone_through = await backfill(store, lambda *progress: reported.append(progress))
        assert reported[-1] == (gone_through, gone_through)
        assert [done for done, _ in reported] == sorted(done for done, _ in reported)
        assert (await store.get([backfill_key()])).get(backfill_key()) is None
        named = {change.session_id for mark in await all_marks(store) for change in mark.changes}
        assert named == {"", "kept", "trashed", "made-to-stay"}
        await Exporter(store, warehouse).drain()
        assert await shown(warehouse) == await held(store)


async def test_again_on_a_complete_mirror_it_changes_nothing(pair: Pair) -> None:
    async with opened(pair) as (store, warehouse):
        await Exporter(store, warehouse).drain()
        before = await shown(warehouse)
        await backfill(store, quietly)
        await Exporter(store, warehouse).drain()
        assert await shown(warehouse) == before == await held(store)


@pytest.mark.parametrize("commits", [1, 2, 4, 9])
async def test_killed_it_goes_on_from_where_it_was(
    pair: Pair, commits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scans, "PAGE", 5)
    async with opened(pair) as (store, _):
        await forget_marks(store)
    command = [
        "-m",
        "tests.integration.mirror.upkeep_driver",
        json.dumps(asdict(pair)),
        str(commits),
    ]
    process = await asyncio.create_subprocess_exec(sys.executable, *command)
    assert await process.wait() == -9
    async with opened(pair) as (store, warehouse):
        before = len(await all_marks(store))
        stopped = (await store.get([backfill_key()])).get(backfill_key())
        assert stopped is not None
        reported: list[int] = []
        gone_through = await backfill(store, lambda done, _: reported.append(done))
        # No record that was marked before is marked again.
        assert reported[0] == stopped.done == (0 if commits == 1 else before and stopped.done)
        marks = await all_marks(store)
        changes = [(mark.uid, change) for mark in marks for change in mark.changes]
        assert len(changes) == len(set(changes))
        assert gone_through > stopped.done
        await Exporter(store, warehouse).drain()
        assert await shown(warehouse) == await held(store)


async def test_of_two_at_once_one_goes_on_and_the_other_says_so(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scans, "PAGE", 3)
    async with opened(pair) as (store, warehouse):
        await forget_marks(store)
        ended = await asyncio.gather(
            *(backfill(store, quietly) for _ in range(2)), return_exceptions=True
        )
        failed = [each for each in ended if isinstance(each, BaseException)]
        assert all(isinstance(each, BackfillTakenOver) for each in failed)
        if failed:
            await backfill(store, quietly)
        await Exporter(store, warehouse).drain()
        assert await shown(warehouse) == await held(store)


class WritingBehind:
    """A store in which a user rates a turn right after the backfill has read it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.rated = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def scan(self, *given: Any, **named: Any) -> Any:
        page = await self._store.scan(*given, **named)
        turn = turn_of("anna", "kept", 1)
        key = conversation_key("anna", "kept", turn.conversation_id)
        if not self.rated and any(found == key for found, _ in page):
            self.rated = True
            rate = Update(key, set={"feedback": {"score": 0, "comment": "newer"}})
            await commit(self._store, "anna", [rate], [of_turn(turn)])
        return page


async def test_what_is_written_between_read_and_mark_wins(pair: Pair) -> None:
    async with opened(pair) as (store, warehouse):
        await Exporter(store, warehouse).drain()
        racing: Any = WritingBehind(store)
        await backfill(racing, quietly)
        assert racing.rated
        await Exporter(store, warehouse).drain()
        found = await shown(warehouse)
        assert found == await held(store)
        assert "newer" in {row["feedback_comment"] for row in found["turns"]}
