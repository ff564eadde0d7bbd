"""The time from a commit to a subscriber, against the store's own notification; and the cost of waiting."""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

from bench.harness import Figure, Timing
from bench.history import chat, conversations, summaries, write
from bench.pairs import Pair
from bench.scale import Scale
from resolvers.context import Viewer
from schema import build_schema
from stores.keys import Key, session_key
from stores.ports import Update
from stores.records import Record

TURNS = """
subscription ($id: ID!) { conversationChanges(sessionId: $id) {
  kind cursor conversationId conversation { query response } } }
"""
SESSIONS = "subscription { sessionChanges { kind cursor sessionId session { title } } }"
SCHEMA = build_schema()
USERS = 20
PAGE_BYTES = 4096


async def measure(pair: Pair, scale: Scale) -> Sequence[Figure]:
    """Turns one by one, then subscribers without events."""
    return [await _delay(pair, scale), await _idle(pair, scale)]


async def _delay(pair: Pair, scale: Scale) -> Figure:
    uid, store = await pair.uid("followed@example.com"), pair.services.store
    session, turns = chat(0, scale.heard_turns)
    await write(store, summaries(uid, [session]))
    raw: asyncio.Queue[str] = asyncio.Queue()
    by_us: list[float] = []
    by_the_store: list[float] = []
    events = _follow(pair, uid, TURNS, id=f"Session.{session.session_id}")
    async with aclosing(events), pair.raw.listen(uid, session.session_id, raw.put_nowait):
        await anext(events)
        for create in conversations(uid, turns):
            summary = session_key(uid, session.session_id)
            # Both hear of a commit at about the time when it is acknowledged, or before.
            start = time.perf_counter()
            await store.commit([create, Update(summary, increase={"conversation_count": 1})])
            ours, theirs = await asyncio.gather(
                _seconds(anext(events), start), _seconds(_named(raw, create.key), start)
            )
            by_us.append(ours)
            by_the_store.append(theirs)
    return Figure(
        "a turn to reach a subscriber, its commit included",
        pair.raw.listening,
        Timing.of(by_us),
        Timing.of(by_the_store),
        len(turns),
    )


async def _seconds(event: Any, start: float) -> float:
    await event
    return time.perf_counter() - start


async def _named(heard: asyncio.Queue[str], key: Key[Record]) -> None:
    while await heard.get() != key.id:
        pass


async def _idle(pair: Pair, scale: Scale) -> Figure:
    """CPU time of a second with subscribers, against one without; the name states their memory and
    threads."""
    uids = [await pair.uid(f"idle-{number}@example.com") for number in range(USERS)]
    async with aclosing(_follow(pair, uids[0], SESSIONS)) as warm:
        await anext(warm)
    alone = [await _cpu_of_a_second() for _ in range(scale.idle_seconds)]
    memory, threads = _memory(), threading.active_count()
    async with AsyncExitStack() as stack:
        for number in range(scale.subscribers):
            events = _follow(pair, uids[number % USERS], SESSIONS)
            await stack.enter_async_context(aclosing(events))
            await anext(events)
            await stack.enter_async_context(_awaiting(events))
        await asyncio.sleep(1)
        waited = [await _cpu_of_a_second() for _ in range(scale.idle_seconds)]
        grown, more = _memory() - memory, threading.active_count() - threads
        name = (
            f"CPU a second, {scale.subscribers} idle subscribers of {USERS} users "
            f"({grown / 1e6:.0f} MB, {more} threads more)"
        )
        return Figure(name, "nobody", Timing.of(waited), Timing.of(alone), scale.idle_seconds)


@asynccontextmanager
async def _awaiting(events: AsyncGenerator[Any, None]) -> AsyncIterator[None]:
    """Wait for an event that does not come."""
    waiting = asyncio.ensure_future(anext(events))
    try:
        yield
    finally:
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


async def _cpu_of_a_second() -> float:
    start = time.process_time()
    await asyncio.sleep(1)
    return time.process_time() - start


def _memory() -> int:
    """The resident memory of this process, in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES


async def _follow(
    pair: Pair, uid: str, document: str, **variables: Any
) -> AsyncGenerator[Any, None]:
    """The events of a subscription, as they are sent to a socket."""
    context = pair.services.context(Viewer(uid, None))
    outcomes = SCHEMA.outcomes(document, variables, context_value=context)
    async with aclosing(outcomes):
        async for outcome in outcomes:
            if outcome.errors:
                raise RuntimeError(f"the subscription ends with {outcome.errors}")
            yield outcome.data
