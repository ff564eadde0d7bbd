"""Removing a user: all of their records go, even during writes, and none of anybody else's."""

import asyncio

from stores.errors import RecordMissing
from stores.keys import Key, conversation_key, erasure_key, mark_key, profile_key, trash_key
from stores.mirror_records import Erasure
from stores.ports import Create, Store, Window, Write
from stores.records import Profile, Record
from tests.contract.records import append, create_mark, create_session, mark, session, turn
from tests.contract.stores.conftest import OpenStore

TURNS = 600
"""More than any store removes in one batch."""
EVERYTHING = Window(10_000)


def records_of(uid: str) -> dict[Key[Record], Record]:
    """One record of each kind, with a turn of a session in the trash and a turn whose session does not
    exist."""
    return {
        profile_key(uid): Profile(created_at=1),
        create_session(uid=uid).key: session(),
        conversation_key(uid, "s", "c"): turn(),
        trash_key(uid, "gone"): session("gone"),
        conversation_key(uid, "gone", "c"): turn(session_id="gone"),
        conversation_key(uid, "never", "c"): turn(session_id="never"),
        mark_key(uid, "m"): mark("m", uid),
        erasure_key(uid): Erasure(started_at=1),
    }


async def test_all_of_a_user_goes_and_nothing_of_anybody_else(store: Store) -> None:
    users = ("u", "t", "u-", "u0", "uu", "v")
    for uid in users:
        await store.commit([Create(key, record) for key, record in records_of(uid).items()])

    removed = await store.delete_user("u")

    assert removed == {"users": 1, "sessions": 1, "trash": 1, "conversations": 3, "marks": 1}
    for uid in users:
        found = await store.get(list(records_of(uid)))
        left = [key for key in records_of(uid) if found.get(key)]
        assert left == ([erasure_key("u")] if uid == "u" else list(records_of(uid)))


async def test_removing_again_or_somebody_unknown_finds_nothing(store: Store) -> None:
    await store.commit([create_session()])
    await store.delete_user("u")
    assert await store.delete_user("u") == {}
    assert await store.delete_user("nobody") == {}


async def test_a_user_of_many_turns_goes_whole(store: Store) -> None:
    turns: list[Write] = [
        Create(conversation_key("u", "s", f"c{number}"), turn(f"c{number}"))
        for number in range(TURNS)
    ]
    await store.commit([create_session()])
    for start in range(0, TURNS, 300):
        await store.commit(turns[start : start + 300])
    assert await store.delete_user("u") == {"sessions": 1, "conversations": TURNS}
    assert await store.list_conversations("u", "s", EVERYTHING) == []


async def test_writers_are_refused_and_nothing_they_wrote_is_left(open_store: OpenStore) -> None:
    eraser, other = await open_store(), await open_store()
    sessions = ("s0", "s1", "s2", "s3")
    await eraser.commit([create_session(name) for name in sessions])
    await eraser.commit([Create(profile_key("u"), Profile(created_at=1))])
    await eraser.commit([create_session("s", "v")])
    landed = dict.fromkeys(sessions, 0)

    async def keep_appending(store: Store, name: str) -> None:
        while True:
            await store.commit(append(f"c{landed[name]}", name))
            landed[name] += 1

    writers = [
        asyncio.create_task(keep_appending(store, name))
        for store, name in zip((eraser, other, eraser, other), sessions, strict=True)
    ]
    while min(landed.values()) < 20:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    removed = await eraser.delete_user("u")
    ended = await asyncio.gather(*writers, return_exceptions=True)

    assert [type(error) for error in ended] == [RecordMissing] * 4
    written = sum(landed.values())
    assert removed == {"users": 1, "sessions": 4, "conversations": written, "marks": written}
    for store in (eraser, other):
        assert await store.list_sessions("u", EVERYTHING) == []
        assert await store.list_marks("u", 1) == []
        for name in sessions:
            assert await store.list_conversations("u", name, EVERYTHING) == []
    assert await other.delete_user("u") == {}
    assert len(await other.list_sessions("v", EVERYTHING)) == 1


async def test_who_was_removed_can_start_again(store: Store) -> None:
    await store.commit([create_session(), create_mark("m")])
    await store.delete_user("u")
    await store.commit([create_session(derived_title="new")])
    assert [each.title for each in await store.list_sessions("u", EVERYTHING)] == ["new"]
    assert await store.list_marks("u", 1) == []
