"""Opening a chat and listing sessions, against the queries they come down to."""

from collections.abc import Sequence

from bench.documents import LIST, OPEN_CHAT
from bench.harness import Figure, Work, compare
from bench.history import chat, conversations, summaries, write
from bench.pairs import Pair
from bench.scale import Scale
from schema.ids import global_id

TURNS = 50
ROWS = 20


async def measure(pair: Pair, scale: Scale) -> Sequence[Figure]:
    """A chat of 200 turns; lists of users with few and with many sessions."""
    few, many = scale.sessions
    list_few, query_few = await _lists(pair, few)
    list_many, query_many = await _lists(pair, many)
    open_chat, query_chat = await _chat(pair)
    compared: list[tuple[str, Work, str, Work]] = [
        (f"opening a chat, last {TURNS} turns", open_chat, "its two reads", query_chat),
        (f"listing {ROWS} of {few} sessions", list_few, "its two reads", query_few),
        (f"listing {ROWS} of {many:,} sessions", list_many, "its two reads", query_many),
        (f"listing {ROWS} of {many:,} sessions", list_many, f"{ROWS} of {few}", list_few),
        (f"the two reads at {many:,} sessions", query_many, f"at {few}", query_few),
    ]
    return [await compare(*each, repetitions=scale.repetitions) for each in compared]


async def _lists(pair: Pair, count: int) -> tuple[Work, Work]:
    user = f"has-{count}@example.com"
    uid = await pair.uid(user)
    sessions = [chat(number, 0)[0] for number in range(count)]
    await write(pair.services.store, summaries(uid, sessions))

    async def through_the_api() -> None:
        found = await pair.ask(LIST, user, first=ROWS)
        if len(found["viewer"]["sessions"]["nodes"]) != ROWS:
            raise RuntimeError("the list is not a full page")

    return through_the_api, lambda: pair.raw.list_sessions(uid, ROWS)


async def _chat(pair: Pair) -> tuple[Work, Work]:
    user = "reader@example.com"
    uid = await pair.uid(user)
    session, turns = chat(0, 4 * TURNS)
    await write(pair.services.store, summaries(uid, [session]), conversations(uid, turns))
    given = {"id": global_id("Session", session.session_id), "turns": TURNS}

    async def through_the_api() -> None:
        found = await pair.ask(OPEN_CHAT, user, **given)
        if len(found["viewer"]["session"]["conversations"]["nodes"]) != TURNS:
            raise RuntimeError("the chat is not a full page")

    return through_the_api, lambda: pair.raw.open_chat(uid, session.session_id, TURNS)
