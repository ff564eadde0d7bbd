"""A search by words and meaning among the turns of many users, against the same search among few."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

from bench.documents import SEARCH
from bench.harness import Figure, Work, compare
from bench.history import chat, conversations, marks, summaries, write
from bench.pairs import Pair, embedded
from bench.scale import Scale

USER = "seeks@example.com"
QUERY = "a market on the bridge before winter"
FEW = 10
"""Users in the small crowd; in both crowds each user has the same number of turns."""
TURNS_OF_A_CHAT = 4
AT_ONCE = 25
TABLE = "conversation_history_changes"


async def measure(pair: Pair, scale: Scale) -> Sequence[Figure]:
    """The same turns, among those of others, in the file as the hourly sweep leaves it."""
    if pair.services.settings.warehouse != "duckdb":
        return []
    few, many = scale.crowds
    async with AsyncExitStack() as opened:
        among_few = await _crowd(await opened.enter_async_context(embedded()), few // FEW, FEW)
        among_many = await _crowd(
            await opened.enter_async_context(embedded()), few // FEW, many * FEW // few
        )
        return [
            await compare(
                f"searching among {many:,} turns",
                among_many,
                f"among {few:,}",
                among_few,
                repetitions=scale.repetitions,
            )
        ]


async def _crowd(pair: Pair, own: int, users: int) -> Work:
    uid, store = await pair.uid(USER), pair.services.store
    chats = [chat(number, TURNS_OF_A_CHAT) for number in range(own // TURNS_OF_A_CHAT)]
    await write(
        store,
        summaries(uid, [session for session, _ in chats]),
        *(conversations(uid, said) for _, said in chats),
        *(marks(uid, session, said) for session, said in chats),
    )
    await pair.services.exporter.drain()
    warehouse: Any = pair.services.warehouse
    await warehouse._run(lambda cursor: _mix(cursor, own, users))
    await warehouse.rewrite()

    async def search() -> None:
        found = await pair.ask(SEARCH, USER, query=QUERY)
        hits = found["viewer"]["searchConversations"]
        if not (hits["complete"] and hits["nodes"]):
            raise RuntimeError("the search does not find what there is")

    return search


def _mix(cursor: Any, own: int, users: int) -> None:
    """Copy every turn to this many users, and interleave each user's turns with those of all others."""
    cursor.execute(f"CREATE TEMP TABLE own AS SELECT *, row_number() OVER () AS n FROM {TABLE}")  # noqa: S608
    cursor.execute(f"DELETE FROM {TABLE}")  # noqa: S608
    for start in range(0, own, AT_ONCE):
        cursor.execute(
            f"INSERT INTO {TABLE} SELECT * EXCLUDE (n, who) REPLACE (CASE WHEN who = 0 THEN uid "  # noqa: S608
            "ELSE md5(concat(uid, who)) END AS uid) FROM own CROSS JOIN range($users) AS others(who) "
            "WHERE n > $start AND n <= $until ORDER BY n, hash(who)",
            {"users": users, "start": start, "until": start + AT_ONCE},
        )
    cursor.execute("DROP TABLE own")
