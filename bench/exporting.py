"""Draining export marks, against appending the same rows and nothing else."""

from collections.abc import Sequence
from unittest.mock import patch

from analytics.rows import Row
from bench.harness import Figure, compare
from bench.history import chat, conversations, marks, summaries, write
from bench.places import Place
from bench.scale import Scale

TURNS_OF_A_CHAT = 20


async def measure(place: Place, scale: Scale) -> Sequence[Figure]:
    """A mark a turn, each naming the turn and its session."""
    uid, store = await place.uid("exported@example.com"), place.services.store
    warehouse, exporter = place.services.warehouse, place.services.exporter
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

    async def append_alone() -> None:
        for rows in appended:
            await warehouse.append(rows)

    return [
        await compare(
            f"exporting {scale.marks:,} marks",
            exporter.drain,
            "appending their rows",
            append_alone,
            repetitions=scale.drains,
            warm_up=0,
            before=mark_all,
            rows=sum(map(len, appended)),
        )
    ]
