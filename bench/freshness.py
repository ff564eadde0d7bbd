"""From a commit to the row that analysts see, while turns keep coming."""

import asyncio
import time
from collections.abc import Sequence

from bench.harness import Figure, Timing
from bench.history import chat, conversations, marks, summaries, write
from bench.pairs import Pair
from bench.scale import Scale
from stores.ports import Write
from stores.records import Conversation

TURNS_PER_SECOND = 10
LOOK_SECONDS = 0.02


async def measure(pair: Pair, scale: Scale) -> Sequence[Figure]:
    """Turns at a steady rate, against turns that each wait until the one before is seen."""
    uid, store = await pair.uid("fresh@example.com"), pair.services.store
    session, turns = chat(0, scale.fresh_turns + scale.repetitions)
    await write(store, summaries(uid, [session]))
    commits = list(zip(conversations(uid, turns), marks(uid, session, turns), turns, strict=True))
    stop = asyncio.Event()
    exporting = asyncio.create_task(pair.services.exporter.run(stop))
    view = _View(pair, uid)
    watching = asyncio.create_task(view.watch())
    try:
        steady = []
        for turn, mark, conversation in commits[: scale.fresh_turns]:
            steady.append(asyncio.create_task(view.seconds_to_see([turn, mark], conversation)))
            await asyncio.sleep(1 / TURNS_PER_SECOND)
        under_load = await asyncio.gather(*steady)
        alone = [
            await view.seconds_to_see([turn, mark], conversation)
            for turn, mark, conversation in commits[scale.fresh_turns :]
        ]
    finally:
        watching.cancel()
        stop.set()
        await exporting
    return [
        Figure(
            f"a turn to be seen, {TURNS_PER_SECOND} a second",
            "one at a time",
            Timing.of(under_load),
            Timing.of(alone),
            len(under_load),
        )
    ]


class _View:
    """Queries the view of turns repeatedly, as long as a turn is awaited."""

    def __init__(self, pair: Pair, uid: str) -> None:
        self._pair = pair
        self._uid = uid
        self._waiting: dict[str, tuple[int, asyncio.Future[float]]] = {}

    async def seconds_to_see(self, writes: Sequence[Write], turn: Conversation) -> float:
        """Commit a turn; returns the seconds from then until the view shows it."""
        await self._pair.services.store.commit(writes)
        start = time.perf_counter()
        seen: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._waiting[turn.conversation_id] = turn.timestamp, seen
        return await seen - start

    async def watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if not self._waiting:
                continue
            times = [timestamp for timestamp, _ in self._waiting.values()]
            rows = await self._pair.services.warehouse.query(
                "conversation_history",
                {"uid": self._uid, "since": min(times), "until": max(times) + 1},
            )
            now = time.perf_counter()
            for row in rows:
                if found := self._waiting.pop(row["conversation_id"], None):
                    found[1].set_result(now)
