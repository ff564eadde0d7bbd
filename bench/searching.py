"""Search in a long history, against the same search in a short one."""

from collections.abc import Sequence

from bench.documents import SEARCH
from bench.harness import Figure, Work, compare
from bench.history import chat, conversations, marks, summaries, write
from bench.pairs import Pair
from bench.scale import Scale

WORD = "lighthouse"
HITS = 10
TURNS_OF_A_CHAT = 4


async def measure(pair: Pair, scale: Scale) -> Sequence[Figure]:
    """A word that is in ten turns, whatever the length of the history."""
    short, long = scale.turns
    in_short, in_long = await _history(pair, short), await _history(pair, long)
    await pair.services.exporter.drain()
    return [
        await compare(
            f"searching {long:,} turns",
            in_long,
            f"searching {short:,}",
            in_short,
            repetitions=scale.repetitions,
        )
    ]


async def _history(pair: Pair, turns: int) -> Work:
    user = f"wrote-{turns}@example.com"
    uid, store = await pair.uid(user), pair.services.store
    count = turns // TURNS_OF_A_CHAT
    chats = [
        chat(number, TURNS_OF_A_CHAT, found_by="" if number % (count // HITS) else WORD)
        for number in range(count)
    ]
    await write(
        store,
        summaries(uid, [session for session, _ in chats]),
        *(conversations(uid, said) for _, said in chats),
        *(marks(uid, session, said) for session, said in chats),
    )

    async def search() -> None:
        found = (await pair.ask(SEARCH, user, query=WORD))["viewer"]["searchConversations"]
        if len(found["nodes"]) != HITS or not found["complete"]:
            raise RuntimeError("the search does not find all there is")

    return search
