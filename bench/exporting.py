"""Draining export marks, against the same work without vectors and topics, against the slower of its two
sides alone, and against one row per call."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from unittest.mock import patch

from analytics.mirror.exporter import Exporter
from analytics.warehouse.rows import Row
from bench.harness import Figure, Timing, Work
from bench.history import chat, conversations, marks, summaries, write
from bench.pairs import Pair
from bench.scale import Scale
from bench.single_rows import send_one_by_one

TURNS_OF_A_CHAT = 20
MARKS_AT_ONCE = 400
APPENDS_AT_ONCE = 4


async def measure(pair: Pair, scale: Scale) -> Sequence[Figure]:
    """One mark per turn, naming the turn and its session."""
    uid, store = await pair.uid("exported@example.com"), pair.services.store
    warehouse, exporter = pair.services.warehouse, pair.services.exporter
    chats = [chat(n, TURNS_OF_A_CHAT) for n in range(scale.marks // TURNS_OF_A_CHAT)]
    await write(
        store,
        summaries(uid, [session for session, _ in chats]),
        *(conversations(uid, turns) for _, turns in chats),
    )

    async def mark_all() -> None:
        await write(store, *(marks(uid, session, turns) for session, turns in chats))

    await mark_all()
    with patch.object(warehouse, "append", wraps=warehouse.append) as append:
        await exporter.drain()
    appended: list[Sequence[Row]] = [call.args[0] for call in append.await_args_list]
    rows = [row for batch in appended for row in batch]

    async def append_alone() -> None:
        slots = asyncio.Semaphore(APPENDS_AT_ONCE)

        async def append_one(batch: Sequence[Row]) -> None:
            async with slots:
                await warehouse.append(batch)

        await asyncio.gather(*map(append_one, appended))

    async def take_marks() -> None:
        await pair.raw.take_marks(MARKS_AT_ONCE)

    async def plainly() -> None:
        with patch("analytics.mirror.row_mapping.topics", return_value=()):
            await Exporter(store, warehouse).drain()

    works: dict[str, tuple[Work, bool]] = {
        "exporter": (exporter.drain, True),
        "without vectors": (Exporter(store, warehouse).drain, True),
        "without vectors and topics": (plainly, True),
        "its store alone": (take_marks, True),
        "its warehouse alone": (append_alone, False),
    }
    seconds: dict[str, list[float]] = defaultdict(list)
    for repetition in range(scale.drains):
        order = list(works) if repetition % 2 else list(works)[::-1]
        for name in order:
            work, needs_marks = works[name]
            if needs_marks:
                await mark_all()
            start = time.perf_counter()
            await work()
            seconds[name].append(time.perf_counter() - start)
    drained = Timing.of(seconds.pop("exporter"))
    sides = {name: Timing.of(taken) for name, taken in seconds.items()}
    figures = [
        Figure(f"exporting {scale.marks:,} marks", name, drained, side, scale.drains, len(rows))
        for name, side in sides.items()
    ]

    some = rows[:: max(1, len(rows) // scale.single_rows)]
    start = time.perf_counter()
    await send_one_by_one(pair.services.settings, warehouse, some)
    single = (time.perf_counter() - start) * len(rows) / len(some)
    name = f"a row a call (as {len(some)} take)"
    for subject, timing in (("exporting", drained), ("appending", sides["its warehouse alone"])):
        figures.append(
            Figure(
                f"{subject} {scale.marks:,} marks",
                name,
                timing,
                Timing.of([single]),
                scale.drains,
                len(rows),
            )
        )
    return figures
