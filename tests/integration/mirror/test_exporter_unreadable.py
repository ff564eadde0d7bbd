"""A stored record that can't be read is set aside; the mirror of all others goes on."""

import asyncio
import logging

import pytest

from analytics.mirror import dead_letters
from analytics.mirror.exporter import Exporter
from analytics.mirror.leases import Leases
from analytics.unreadable_records import readable_records
from analytics.upkeep.backfill import backfill
from analytics.upkeep.reconcile import Difference, differences
from analytics.warehouse.port import Warehouse
from stores.errors import Unreadable
from stores.keys import (
    Key,
    conversation_key,
    lease_key,
    mark_key,
    profile_key,
    session_key,
)
from stores.mirror_records import Change, DeadLetter
from stores.ports import Create, Store, Update
from stores.records import Conversation, Profile, Record
from tests.damaged_records import SECRET, damage
from tests.integration.mirror.exporter_pairs import (
    ALWAYS,
    T0,
    Pair,
    commit,
    of_profile,
    of_session,
    of_turn,
    opened,
    session_of,
    turn_of,
)

pytest_plugins = ["tests.integration.mirror.exporter_fixtures"]

TURNS = [turn_of("carl", "s", n) for n in range(5)]
BAD = TURNS[2]
BAD_KEY = conversation_key("carl", "s", BAD.conversation_id)
ALL = {turn.conversation_id for turn in TURNS}


async def write(store: Store, uid: str, turns: list[Conversation] = TURNS) -> None:
    """Write a user with one session; each record has a separate mark."""
    profile, session = Profile(email=f"{uid}@example.com", created_at=T0), session_of("s")
    await commit(store, uid, [Create(profile_key(uid), profile)], [of_profile(profile)])
    await commit(store, uid, [Create(session_key(uid, "s"), session)], [of_session(session)])
    for turn in turns:
        key = conversation_key(uid, "s", turn.conversation_id)
        await commit(store, uid, [Create(key, turn)], [of_turn(turn)])


async def turns_of(warehouse: Warehouse, uid: str) -> set[str]:
    rows = await warehouse.query("conversation_history", {"uid": uid, **ALWAYS})
    return {row["conversation_id"] for row in rows}


async def letters(store: Store) -> list[DeadLetter]:
    found = readable_records([letter async for _, letter in dead_letters.all_dead_letters(store)])
    assert SECRET not in str(found)
    return found


async def retried(store: Store, warehouse: Warehouse) -> None:
    """Retry as `recollect dead-letters retry` does, then run the exporter."""
    await dead_letters.retry(store, [each async for each in dead_letters.all_dead_letters(store)])
    await Exporter(store, warehouse).drain()


async def test_one_turn_is_set_aside_and_lands_once_it_is_mended(
    empty_pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(empty_pair) as (store, warehouse):
        await write(store, "carl")
        await write(store, "dora")
        await damage(store, BAD_KEY, query=[SECRET], feedback={"score": 7, "comment": SECRET})
        exporter = Exporter(store, warehouse)
        assert await exporter.drain() == 14
        assert await turns_of(warehouse, "carl") == ALL - {BAD.conversation_id}
        assert await turns_of(warehouse, "dora") == ALL
        assert await store.scan_marks(None, 1) == []
        (letter,) = await letters(store)
        assert letter.change == of_turn(BAD)
        assert "query: string_type, feedback.score: literal_error" in letter.reason
        assert exporter.progress.dead_letters == 1

        await retried(store, warehouse)
        (again,) = await letters(store)
        assert (again.attempts, again.since) == (2, letter.since)

        await damage(store, BAD_KEY, query="Mended", feedback=None)
        await retried(store, warehouse)
        assert await turns_of(warehouse, "carl") == ALL
        assert await letters(store) == []
        assert SECRET not in caplog.text


@pytest.mark.parametrize(
    ("key", "values", "mended", "waiting"),
    [
        (profile_key("carl"), {"created_at": SECRET}, {"created_at": T0}, 7),
        (session_key("carl", "s"), {"tags": SECRET}, {"tags": []}, 6),
    ],
    ids=["profile", "session"],
)
async def test_what_others_are_mirrored_by_sets_them_all_aside_and_no_other_user(
    empty_pair: Pair, key: Key[Record], values: dict[str, str], mended: dict[str, int],
    waiting: int,
) -> None:  # fmt: skip
    async with opened(empty_pair) as (store, warehouse):
        await write(store, "carl")
        await write(store, "dora")
        await damage(store, key, **values)
        await Exporter(store, warehouse).drain()
        assert await turns_of(warehouse, "carl") == set()
        assert await turns_of(warehouse, "dora") == ALL
        assert len(await letters(store)) == waiting
        assert {"/".join(key.path) in each.reason for each in await letters(store)} == {True}

        await damage(store, key, **mended)
        await retried(store, warehouse)
        assert await turns_of(warehouse, "carl") == ALL
        assert await letters(store) == []


async def test_the_other_turns_of_a_session_that_is_kept_land_and_the_bad_one_later(
    empty_pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analytics.mirror.current_records.RECORDS_AT_ONCE", 2)
    async with opened(empty_pair) as (store, warehouse):
        await store.commit([Create(session_key("carl", "s"), session_of("s"))])
        for turn in TURNS:
            key = conversation_key("carl", "s", turn.conversation_id)
            await store.commit([Create(key, turn)])
        await damage(store, BAD_KEY, timestamp=SECRET)
        tree = Change(kind="subtree", session_id="s", at=session_of("s").created_at)
        await commit(store, "carl", [], [tree])
        await Exporter(store, warehouse).drain()
        assert await turns_of(warehouse, "carl") == ALL - {BAD.conversation_id}
        (letter,) = await letters(store)
        assert letter.change == tree
        assert f"/{BAD.conversation_id} can't be read (timestamp: " in letter.reason

        await damage(store, BAD_KEY, timestamp=BAD.timestamp)
        await retried(store, warehouse)
        assert await turns_of(warehouse, "carl") == ALL
        assert await letters(store) == []


async def test_a_mark_that_names_nothing_waits_and_holds_up_none(
    empty_pair: Pair, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("analytics.mirror.passes.MARKS_AT_ONCE", 2)
    async with opened(empty_pair) as (store, warehouse):
        await write(store, "carl")
        marks = readable_records(await store.scan_marks(None, 10))
        bad = [mark_key("carl", mark.mark_id) for mark in marks[:4]]
        changes = [mark.changes for mark in marks]
        for key in bad:
            await damage(store, key, changes=[{"kind": SECRET}])
        exporter = Exporter(store, warehouse)
        with caplog.at_level(logging.WARNING):
            assert await exporter.drain() == 3
            assert await exporter.drain() == 0
        waiting = await store.scan_marks(None, 9)
        assert [each.key for each in waiting if isinstance(each, Unreadable)] == bad
        told = [record.message for record in caplog.records if "can't be read" in record.message]
        assert len(told) == 4
        assert all("/".join(key.path) in line for key, line in zip(bad, told, strict=True))
        assert SECRET not in caplog.text

        for key, named in zip(bad, changes, strict=False):
            await damage(store, key, changes=[change.model_dump() for change in named])
        assert await exporter.drain() == 4
        assert await turns_of(warehouse, "carl") == ALL
        assert await store.scan_marks(None, 1) == []


async def test_a_dead_letter_that_is_damaged_is_made_anew_or_goes_with_what_lands(
    empty_pair: Pair,
) -> None:
    async with opened(empty_pair) as (store, warehouse):
        await write(store, "carl")
        await damage(store, BAD_KEY, query=[SECRET])
        await Exporter(store, warehouse).drain()
        ((key, _),) = [each async for each in dead_letters.all_dead_letters(store)]
        for values in ({"reason": 7}, {"change": SECRET}):
            await damage(store, key, **values)
            assert await letters(store) == []
            await commit(store, "carl", [], [of_turn(BAD)])
            await Exporter(store, warehouse).drain()
            (letter,) = await letters(store)
            assert letter.change == of_turn(BAD)
        await damage(store, key, since=SECRET)
        await damage(store, BAD_KEY, query="Mended")
        await commit(store, "carl", [], [of_turn(BAD)])
        await Exporter(store, warehouse).drain()
        assert await turns_of(warehouse, "carl") == ALL
        assert [each async for each in dead_letters.all_dead_letters(store)] == []


async def test_a_running_exporter_goes_on(empty_pair: Pair) -> None:
    async with opened(empty_pair) as (store, warehouse):
        leases = Leases(store)
        await leases.renew()
        await damage(store, lease_key("03"), holder=[SECRET])
        await write(store, "carl", [BAD])
        await damage(store, BAD_KEY, query=[SECRET])
        stop = asyncio.Event()
        exporter = Exporter(store, warehouse, leases=leases)
        running = asyncio.create_task(exporter.run(stop, poll=0.1))
        async with asyncio.timeout(300):
            while not await letters(store):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            await write(store, "dora")
            while await turns_of(warehouse, "dora") != ALL:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        stop.set()
        await running
        assert exporter.progress.retries == 0
        found = await store.get([lease_key("03")])
        assert found.get(lease_key("03")) is not None


async def test_upkeep_goes_past_and_tells_of_what_can_not_be_read(empty_pair: Pair) -> None:
    async with opened(empty_pair) as (store, warehouse):
        await write(store, "carl")
        await write(store, "dora")
        await Exporter(store, warehouse).drain()
        await damage(store, BAD_KEY, query=[SECRET])
        await damage(store, profile_key("dora"), preferences=SECRET)
        damaged = {BAD_KEY, profile_key("dora")}
        told: dict[Key[Record], Unreadable] = {}

        def tell(record: Unreadable) -> None:
            told[record.key] = record
            assert SECRET not in str(record)

        async def found() -> list[Difference]:
            told.clear()
            each = differences(store, warehouse, lambda done, expected: None, tell)
            return [difference async for some in each for difference in some]

        assert await found() == []
        assert set(told) == damaged
        # A change that the mirror never received is still found beside it.
        changed = conversation_key("carl", "s", TURNS[0].conversation_id)
        await store.commit([Update(changed, set={"query": "other"})])
        (difference,) = await found()
        assert (difference.problem, difference.record) == ("stale", ("carl", of_turn(TURNS[0])))

        told.clear()
        assert await backfill(store, lambda done, expected: None, tell) == 12
        assert set(told) == damaged
        await Exporter(store, warehouse).drain()
        # Each of dora's rows needs her profile.
        assert len(await letters(store)) == 6
        assert await turns_of(warehouse, "carl") == ALL
