"""A store of many turns, writers that run continuously, and the turns that store and mirror then hold."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import Any

from analytics.warehouse.port import Warehouse
from stores.keys import Key, conversation_key, profile_key, session_key
from stores.ports import Create, Store, Update, Write, readable
from stores.records import Conversation, Profile
from tests.integration.mirror.exporter_pairs import (
    ALWAYS,
    T0,
    commit,
    of_session,
    of_turn,
    session_of,
)

WRITES_AT_ONCE = 400
SESSIONS = 10
"""Sessions of each user."""


def users(turns: int) -> list[str]:
    return [f"user{n:03}" for n in range(max(2, turns // 2500))]


def turn_number(n: int, session_id: str) -> Conversation:
    return Conversation(
        session_id=session_id,
        conversation_id=f"c{n:06}",
        query=f"What is {n}?",
        response="as it was",
        timestamp=T0 + n * 1_000_000,
        recorded_at=T0 + n * 1_000_000,
    )


def placed(turns: int, n: int) -> tuple[str, Conversation]:
    """The nth of `turns` turns, spread over users and their sessions, with its owner."""
    owners = users(turns)
    return owners[n % len(owners)], turn_number(n, f"s{n // len(owners) % SESSIONS}")


async def load(store: Store, turns: int) -> None:
    """Write this many turns with their sessions and users, without marks, in large commits."""
    writes: list[Write] = []
    for uid in users(turns):
        profile = Profile(email=f"{uid}@example.com", created_at=T0, active_count=SESSIONS)
        writes.append(Create(profile_key(uid), profile))
        for n in range(SESSIONS):
            session = session_of(f"s{n}").model_copy(
                update={"conversation_count": turns // len(users(turns)) // SESSIONS}
            )
            writes.append(Create(session_key(uid, session.session_id), session))
    for n in range(turns):
        uid, turn = placed(turns, n)
        key = conversation_key(uid, turn.session_id, turn.conversation_id)
        writes.append(Create(key, turn))
    for start in range(0, len(writes), WRITES_AT_ONCE):
        await store.commit(writes[start : start + WRITES_AT_ONCE])


class Writer:
    """Changes existing turns and records new ones, with marks, as the API commits them."""

    def __init__(self, store: Store, turns: int, seed: int) -> None:
        self._store = store
        self._turns = turns
        self._random = Random(seed)  # noqa: S311
        self._seed = seed
        self.writes = 0

    async def write(self) -> None:
        self.writes += 1
        uid, turn = placed(self._turns, self._random.randrange(self._turns))
        session = session_of(turn.session_id)
        touched = Update(
            session_key(uid, turn.session_id), raise_to={"last_active": T0 + self.writes}
        )
        if self.writes % 3:
            key = conversation_key(uid, turn.session_id, turn.conversation_id)
            change: Write = Update(key, set={"response": f"written {self._seed}/{self.writes}"})
        else:
            turn = turn.model_copy(update={"conversation_id": f"new-{self._seed}-{self.writes}"})
            change = Create(conversation_key(uid, turn.session_id, turn.conversation_id), turn)
        await commit(self._store, uid, [change, touched], [of_session(session), of_turn(turn)])


@asynccontextmanager
async def writing(writers: Sequence[Writer], pause: float) -> AsyncIterator[None]:
    """Run writers until the block ends."""
    stop = asyncio.Event()

    async def go_on(writer: Writer) -> None:
        while not stop.is_set():
            await writer.write()
            await asyncio.sleep(pause)

    async with asyncio.TaskGroup() as tasks:
        for writer in writers:
            tasks.create_task(go_on(writer))
        try:
            yield
        finally:
            stop.set()


async def turns_held(store: Store) -> dict[tuple[str, ...], tuple[Any, ...]]:
    """Text and time of each turn in the store."""
    held: dict[tuple[str, ...], tuple[Any, ...]] = {}
    after: Key[Conversation] | None = None
    while page := await store.scan(Conversation, after, 500):
        held |= {
            (key.uid, key.path[3], key.id): (turn.query, turn.response, turn.update_time)
            for key, turn in ((key, readable(entry)) for key, entry in page)
        }
        after = page[-1][0]
    return held


async def turns_mirrored(
    warehouse: Warehouse, owners: Sequence[str]
) -> dict[tuple[str, ...], tuple[Any, ...]]:
    """Text and time of each turn that the view shows; fails if it shows a turn twice."""
    mirrored: dict[tuple[str, ...], tuple[Any, ...]] = {}
    for uid in owners:
        for row in await warehouse.query("conversation_history", {"uid": uid, **ALWAYS}):
            key = (uid, row["session_id"], row["conversation_id"])
            assert key not in mirrored
            mirrored[key] = (row["query"], row["response"], row["change_seq"])
    return mirrored
