"""A page of a long list of sessions, and of a long session, against a page of a short one."""

from collections.abc import Sequence

from bench.harness import Figure
from bench.history import chat, conversations, summaries, write
from bench.pairs import Pair
from bench.scale import Scale
from bench.wire.limit import SESSIONS, TURNS, limit
from bench.wire.load import Request
from bench.wire.loader import loading
from bench.wire.measure import Subject, compare, operation
from bench.wire.served import served
from schema.ids import global_id


async def measure(pair: Pair, scale: Scale) -> Sequence[Figure]:
    """The first page of users with ever more sessions, and the last one of a session with many turns, over
    one connection."""
    lists = [(count, [await _listed(pair, count)]) for count in scale.lists]
    short, long = [(count, [await _opened(pair, count)]) for count in (TURNS, scale.turns_of_one)]
    subjects = [
        *(
            Subject(f"{SESSIONS} of {count:,} sessions", page, lists[0][1], f"of {lists[0][0]:,}")
            for count, page in lists[1:]
        ),
        Subject(f"{TURNS} of {long[0]:,} turns", long[1], short[1], f"of {short[0]:,}"),
    ]
    async with served(pair, limit(pair.services.store, {})) as port, loading() as loader:
        return [await compare(loader, port, each, scale) for each in subjects]


async def _listed(pair: Pair, count: int) -> Request:
    """The page that the client opens with, for a user with this many sessions."""
    user = f"has-{count}@example.com"
    sessions = [chat(number, 0)[0] for number in range(count)]
    await write(pair.services.store, summaries(await pair.uid(user), sessions))
    return operation("Sessions", user, first=SESSIONS)


async def _opened(pair: Pair, count: int) -> Request:
    """The last turns of a session with this many turns."""
    user = f"wrote-{count}@example.com"
    uid = await pair.uid(user)
    session, turns = chat(0, count)
    await write(pair.services.store, summaries(uid, [session]), conversations(uid, turns))
    return operation("EarlierTurns", user, session=global_id("Session", session.session_id))
