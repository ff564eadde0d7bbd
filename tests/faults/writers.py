"""Users at work: everything that use cases do to records, drawn from a seed."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any, TypeAlias

from analytics.warehouse.port import WarehouseError
from recollect.services import Services
from resolvers.context import Context, Viewer
from resolvers.conversations.answers import Answer
from resolvers.conversations.conversations import (
    choose_alternative,
    complete_conversation,
    delete_conversation,
    get_conversation,
    submit_feedback,
)
from resolvers.conversations.growing import Extension, extend_conversation
from resolvers.conversations.recording import NewTurn, record_conversation
from resolvers.errors import Busy, Refused
from resolvers.preferences.updating import update_preferences
from resolvers.retention.erasure import TAKEOVER, erase_my_data
from resolvers.retention.sweep import sweep_user
from resolvers.sessions.lifecycle import (
    archive_session,
    delete_session,
    keep_session,
    make_session_temporary,
    restore_session,
)
from resolvers.sessions.sessions import (
    NewSession,
    create_session,
    rename_session,
    set_session_tags,
    update_session_metadata,
    update_session_preferences,
)
from stores.errors import StoreError
from stores.keys import profile_key
from stores.records import Feedback

USERS = ("anna", "bert", "carl")
SESSIONS = 6
TURNS = 4
WORDS = ["rain", "tide", "moon", "天気", "Größe", "🙂", "'quoted'", "\0", "\n", "line"]
PAUSES = (0.0, 0.05, 0.3)
"""Pauses between two steps of a writer, in seconds."""
TAKEN_OVER = timedelta(microseconds=2 * TAKEOVER)
ATTEMPTS = 4
EXPECTED = (Refused, Busy, StoreError, WarehouseError)
"""Errors that a step may meet: two writers change one record, or an outage."""

Step: TypeAlias = Callable[[Context, Random], Awaitable[object]]


def context(services: Services, uid: str, ahead: timedelta = timedelta()) -> Context:
    """The context of a user, whose clock may be set ahead."""
    ctx = services.context(Viewer(uid, f"{uid}@example.com"))
    micros = int(ahead.total_seconds() * 1_000_000)
    return replace(ctx, now=lambda: time.time_ns() // 1000 + micros)


class Pace:
    """The clock of a run: it counts the steps of the writers, however slow the machine is."""

    def __init__(self, end: int) -> None:
        self.steps = 0
        self.done = 0
        """Steps that succeeded."""
        self._end = end
        self._moved = asyncio.Condition()

    @property
    def over(self) -> bool:
        return self.steps >= self._end

    async def step(self, *, succeeded: bool) -> None:
        async with self._moved:
            self.steps += 1
            self.done += succeeded
            self._moved.notify_all()

    async def reach(self, steps: float) -> None:
        """Wait until this many steps are taken, or the last."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.over or self.steps >= steps)


async def write(services: Services, rnd: Random, pace: Pace) -> None:
    """Take random steps until the run is over."""
    while not pace.over:
        step = rnd.choice(STEPS)
        ahead = AHEAD.get(step, timedelta())
        succeeded = False
        with suppress(*EXPECTED):
            await step(context(services, rnd.choice(USERS), ahead), rnd)
            succeeded = True
        await pace.step(succeeded=succeeded)
        await asyncio.sleep(rnd.choice(PAUSES))


async def persist(work: Callable[[], Awaitable[object]]) -> None:
    """Retry work that an outage may interrupt, as the next sweep or exporter does."""
    for _ in range(ATTEMPTS - 1):
        with suppress(StoreError, WarehouseError):
            await work()
            return
    await work()


async def finish_erasures(services: Services) -> None:
    """Finish every interrupted erasure, as a sweep does."""
    for uid in USERS:
        try:
            await update_preferences(context(services, uid), {"language_preference": "en"})
        except Refused:
            await persist(partial(_take_over, services, uid))


async def _take_over(services: Services, uid: str) -> None:
    await erase_my_data(context(services, uid, TAKEN_OVER))


def session_of(rnd: Random) -> str:
    return f"session-{rnd.randrange(SESSIONS)}"


def turn_of(rnd: Random) -> tuple[str, str]:
    """The ids of a turn that may exist: recorded once, or in place of another."""
    return session_of(rnd), f"{rnd.choice(('turn', 'again'))}-{rnd.randrange(TURNS)}"


def text(rnd: Random) -> str:
    return " ".join(rnd.choices(WORDS, k=rnd.randrange(1, 30)))


def moment(rnd: Random) -> datetime:
    """When a turn was asked: one of few times, so that a turn created again may have the old time."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=rnd.randrange(1, 4), microseconds=rnd.randrange(2))


async def open_one(ctx: Context, rnd: Random) -> None:
    await create_session(
        ctx,
        NewSession(
            session_of(rnd), title=rnd.choice((None, text(rnd)[:50])), temporary=rnd.random() < 0.2
        ),
    )


async def record(ctx: Context, rnd: Random) -> None:
    await record_conversation(ctx, new_turn(rnd, session_of(rnd), "turn"))


async def ask_again(ctx: Context, rnd: Random) -> None:
    session_id, replaced = turn_of(rnd)
    turn = replace(new_turn(rnd, session_id, "again"), replaces=replaced)
    await record_conversation(ctx, turn)


def new_turn(rnd: Random, session_id: str, kind: str) -> NewTurn:
    answer = Answer()
    if rnd.random() < 0.5:
        answer = Answer(text(rnd), 12, model="m", citations=[{"title": text(rnd)}])
    conversation_id = f"{kind}-{rnd.randrange(TURNS)}"
    metadata = {"n": [rnd.random()]}
    return NewTurn(text(rnd), answer, session_id, conversation_id, moment(rnd), metadata)


async def record_alone(ctx: Context, rnd: Random) -> None:
    await record_conversation(ctx, NewTurn(text(rnd), conversation_id=f"alone-{rnd.randrange(9)}"))


async def show(ctx: Context, rnd: Random) -> None:
    await choose_alternative(ctx, *turn_of(rnd))


async def extend(ctx: Context, rnd: Random) -> None:
    """Continue an answer where it stopped; its writer may give up."""
    session_id, conversation_id = turn_of(rnd)
    found = await get_conversation(ctx, session_id, conversation_id)
    written = found.conversation.partial if found else None
    failure: Any = rnd.choice([None, "timeout", "other"]) if rnd.random() < 0.2 else None
    failed = failure is not None or rnd.random() < 0.1
    part = Extension(len(written or ""), text(rnd), failed, failure)
    await extend_conversation(ctx, session_id, conversation_id, part)


async def complete(ctx: Context, rnd: Random) -> None:
    answer = Answer(text(rnd), 7, model="n", output_tokens=5, citations=[1.5, None])
    await complete_conversation(ctx, *turn_of(rnd), answer)


async def rate(ctx: Context, rnd: Random) -> None:
    feedback = rnd.choice((None, Feedback(score=0), Feedback(score=1, comment=text(rnd))))
    await submit_feedback(ctx, *turn_of(rnd), feedback)


async def delete_turn(ctx: Context, rnd: Random) -> None:
    await delete_conversation(ctx, *turn_of(rnd))


async def name(ctx: Context, rnd: Random) -> None:
    await rename_session(ctx, session_of(rnd), rnd.choice((None, text(rnd)[:60])))


async def tag(ctx: Context, rnd: Random) -> None:
    await set_session_tags(ctx, session_of(rnd), rnd.sample(["a", "b", "c c"], 2))


async def describe(ctx: Context, rnd: Random) -> None:
    await update_session_metadata(ctx, session_of(rnd), {"deep": {"n": rnd.random()}})


async def override(ctx: Context, rnd: Random) -> None:
    style = rnd.choice((None, "concise", "technical"))
    await update_session_preferences(ctx, session_of(rnd), {"response_style": style})


async def choose(ctx: Context, rnd: Random) -> None:
    patch = {"ui_settings": {"theme": rnd.choice((None, "dark", "light"))}}
    await update_preferences(ctx, patch)


async def archive(ctx: Context, rnd: Random) -> None:
    await archive_session(ctx, session_of(rnd))


async def trash(ctx: Context, rnd: Random) -> None:
    await delete_session(ctx, session_of(rnd))


async def restore(ctx: Context, rnd: Random) -> None:
    await restore_session(ctx, session_of(rnd))


async def keep(ctx: Context, rnd: Random) -> None:
    await keep_session(ctx, session_of(rnd))


async def make_temporary(ctx: Context, rnd: Random) -> None:
    await make_session_temporary(ctx, session_of(rnd))


async def purge(ctx: Context, rnd: Random) -> None:
    """Sweep as if a week later: sessions in the trash and temporary sessions are removed for good."""
    key = profile_key(ctx.uid)
    profile = (await ctx.store.get([key])).get(key)
    if profile is not None:
        await sweep_user(ctx, profile)


async def erase(ctx: Context, rnd: Random) -> None:
    if rnd.random() < 0.3:
        await erase_my_data(ctx)


STEPS: Sequence[Step] = (
    *(open_one, open_one, record, record, record, record, record_alone, complete, complete, rate),
    *(ask_again, ask_again, ask_again, show, show, extend, extend, extend),
    *(rate, delete_turn, name, tag, describe, override, choose, archive, trash, trash, restore),
    *(restore, keep, keep, make_temporary, make_temporary, purge, erase),
)
AHEAD: Mapping[Step, timedelta] = {purge: timedelta(days=8), erase: TAKEN_OVER}
"""How far the clock of a step is ahead: the trash is kept for a week, and a failed erasure rests for a
while."""
