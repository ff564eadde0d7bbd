"""What changes, as it changes: a user's sessions, and the turns of one session.

A subscription is woken and then reads what was written since its place in the order of changes. It reads
on only once the last change was taken. So a slow consumer holds up a page and nothing else, and changes
of one record that it was too slow for arrive as one, the latest.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeAlias, TypeVar

from resolvers.context import Context
from resolvers.errors import erasing, invalid, not_found
from resolvers.lifetimes import DAY, REMOVALS_KEPT
from resolvers.live.feed import Feed, Topic
from resolvers.pagination import Cursors
from resolvers.sessions.sessions import SessionState, limits, present, state
from stores.keys import (
    Key,
    conversations_of,
    erasure_key,
    profile_key,
    removals_of,
    session_key,
    sessions_of,
    trash_of,
)
from stores.ports import Position, Snapshot, StoreUnavailable
from stores.records import Conversation, Record, Removal, Session

T = TypeVar("T", bound=Record)
U = TypeVar("U")

PAUSE_SECONDS = 0.005
"""Between two looks, however often the store is written to."""
RETRY_SECONDS = 5.0
"""The longest pause before a store that did not answer is asked again."""

Kind: TypeAlias = Literal["begun", "changed", "deleted"]


@dataclass(frozen=True, slots=True)
class Change(Generic[U]):
    """One event; what follows it is found again by its cursor."""

    kind: Kind
    cursor: str
    id: str | None = None
    at: int | None = None
    """When the record was last written; of one record it never goes back."""
    record: U | None = None
    """How it is now; None where nothing is left to show."""


Told: TypeAlias = tuple[Kind, U | None]
"""What becomes of a record that was written: whether it is still in its list, and how it is."""


def session_changes(ctx: Context, after: str | None) -> AsyncGenerator[Change[SessionState], None]:
    """The viewer's sessions as they change, temporary ones too; deleted are those that were moved to
    the trash, purged, or kept no longer.

    Begins after a cursor or, without one, now, which the first event says. It ends by `Refused`
    only: for a bad or old cursor, too many subscriptions, or as all of the viewer's data is erased.
    """
    owner = profile_key(ctx.uid)

    def tell(standing: Snapshot) -> Callable[[Session | Removal], Told[SessionState]]:
        profile = standing.get(owner)
        keeps = limits(ctx, profile).keeps

        def told(session: Session | Removal) -> Told[SessionState]:
            if isinstance(session, Removal) or not keeps(session):
                return "deleted", None
            kind: Kind = "changed" if session.deleted_at is None else "deleted"
            return kind, state(ctx, profile, session)

        return told

    topic: Topic[Session | Removal] = Topic(
        "sessions",
        (sessions_of(ctx.uid), trash_of(ctx.uid), removals_of(ctx.uid)),
        lambda session: session.session_id,
        at_once=50,
    )
    return _follow(ctx, topic, after, (owner,), tell, remembered=REMOVALS_KEPT)


def conversation_changes(
    ctx: Context, session_id: str, after: str | None
) -> AsyncGenerator[Change[Conversation], None]:
    """The turns of a session as they are recorded, answered, rated and deleted, until the session is
    deleted or kept no longer.

    Begins as `session_changes` does. Raises what that raises, and `Refused` (NOT_FOUND) for a session
    that is not there.
    """
    owner, summary = profile_key(ctx.uid), session_key(ctx.uid, session_id)

    def tell(standing: Snapshot) -> Callable[[Conversation], Told[Conversation]] | None:
        if present(ctx, standing, summary) is None:
            return None
        shows = limits(ctx, standing.get(owner)).shows
        return lambda turn: ("changed", turn) if shows(turn) else ("deleted", None)

    topic: Topic[Conversation] = Topic(
        f"sessions/{session_id}/conversations",
        (conversations_of(ctx.uid, session_id),),
        lambda turn: turn.conversation_id,
        # Some 17 MB at most.
        at_once=20,
    )
    return _follow(ctx, topic, after, (owner, summary), tell)


async def _follow(
    ctx: Context,
    topic: Topic[T],
    after: str | None,
    keys: tuple[Key[Record], ...],
    tell: Callable[[Snapshot], Callable[[T], Told[U]] | None],
    *,
    remembered: int | None = None,
) -> AsyncGenerator[Change[U], None]:
    """The changes of a topic, told by what stands at `keys`; ends when `tell` can't tell any more.

    A cursor that was made longer ago than what is `remembered` (microseconds) is refused.
    """
    cursors = Cursors(ctx.digests, f"{ctx.uid}/{topic.name}/changes")
    start: int | None = None
    if after is not None:
        start, made_at = map(int, cursors.decode(after, "after"))
        if remembered is not None and made_at < ctx.now() - remembered:
            raise invalid(
                f"after is older than {remembered // DAY} days; load the lists anew, and subscribe "
                "without it.",
                "after",
            )
    async with ctx.live.join(ctx.uid) as seat:
        erasures: set[int] = set()

        async def teller() -> Callable[[T], Told[U]] | None:
            keys_read = (*keys, erasure_key(ctx.uid))
            standing = await seat.read(keys_read, lambda: ctx.store.get(keys_read))
            erasure = standing.get(erasure_key(ctx.uid))
            erasures.add(erasure.update_time if erasure else 0)
            if len(erasures) > 1 or (erasure and erasure.finished_at is None):
                raise erasing()
            return tell(standing)

        if await teller() is None:
            raise not_found("session", "sessionId")
        feed = Feed(ctx.store, seat, topic)
        if start is None:
            await feed.begin_now()
            yield Change("begun", cursors.encode([feed.place, ctx.now()]))
        else:
            feed.place = start
        seat.woken.set()
        while True:
            await seat.woken.wait()
            seat.woken.clear()
            try:
                following: Position | None = feed.restart()
                while following is not None:
                    told, (page, following) = await asyncio.gather(teller(), feed.read(following))
                    if told is None:
                        return
                    for changed in filter(feed.take, page):
                        kind, record = told(changed.record)
                        ctx.loader.clear_all()
                        ctx.allowance.renew()
                        yield Change(
                            kind,
                            cursors.encode([feed.place, ctx.now()]),
                            topic.identity(changed.record),
                            changed.record.update_time,
                            record,
                        )
            except StoreUnavailable:
                await asyncio.sleep(random.uniform(0, RETRY_SECONDS))  # noqa: S311
                seat.woken.set()
            await asyncio.sleep(PAUSE_SECONDS)
