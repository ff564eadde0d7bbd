"""Changes as they happen: to a user's sessions, and to the turns of one session.

A subscription is woken, and then reads what was written after its position in the order of changes.
It reads further only when the last change has been consumed. So a slow consumer takes up no more than a
page of memory, and if it misses several changes of one record, it gets only the latest.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Generic, Literal, TypeAlias, TypeVar

from resolvers.change_hub import Subscriber
from resolvers.context import Context
from resolvers.errors import erasing, invalid, not_found
from resolvers.lifetimes import DAY, REMOVALS_KEPT
from resolvers.live.feed import Feed, Topic
from resolvers.pagination import Cursors
from resolvers.preferences.effective import in_force
from resolvers.preferences.profiles import new_profile
from resolvers.sessions.sessions import SessionState, limits, present, state
from stores.errors import StoreUnavailable
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
from stores.ports import Position, Snapshot
from stores.records import Conversation, Record, Removal, Session

T = TypeVar("T", bound=Record)
U = TypeVar("U")

PAUSE_SECONDS = 0.005
"""The shortest pause between two reads, however often the store is written to."""
RETRY_SECONDS = 5.0
"""The longest pause before retrying a store that did not answer."""

Kind: TypeAlias = Literal["begun", "changed", "deleted"]


@dataclass(frozen=True, slots=True)
class Change(Generic[U]):
    """One event. Its cursor leads to the events after it."""

    kind: Kind
    cursor: str
    id: str | None = None
    at: int | None = None
    """When the record was last written. For one record it never goes back."""
    record: U | None = None
    """The record's current state; None if nothing is left to show."""


Reported: TypeAlias = tuple[Kind, U | None]
"""How a written record is reported: whether it is still in its list, and its current state."""


def session_changes(
    ctx: Context, after: str | None, *, preferences: bool = False
) -> AsyncGenerator[Change[SessionState], None]:
    """The viewer's sessions as they change, including temporary ones. A session counts as deleted
    when it is moved to the trash, purged or expired.

    With `preferences`, a change without an id means that the viewer's preferences changed. After a cursor
    it comes first, since they may have changed in the meantime.

    It begins after a cursor or, without one, now; the first event says so. It only ends by raising
    `Refused`: for an invalid or old cursor, too many subscriptions, or when all of the viewer's data is
    erased.
    """
    owner = profile_key(ctx.uid)

    def reporter(current: Snapshot) -> Callable[[Session | Removal], Reported[SessionState]]:
        profile = current.get(owner)
        keeps = limits(ctx, profile).keeps

        def report(session: Session | Removal) -> Reported[SessionState]:
            if isinstance(session, Removal) or session.deleted_at is not None or not keeps(session):
                return "deleted", None
            return "changed", state(ctx, profile, session)

        return report

    topic: Topic[Session | Removal] = Topic(
        "sessions",
        (sessions_of(ctx.uid), trash_of(ctx.uid), removals_of(ctx.uid)),
        lambda session: session.session_id,
        at_once=50,
    )

    def values(current: Snapshot) -> str:
        profile = current.get(owner) or new_profile(ctx)
        return ctx.digests.fingerprint([asdict(in_force(ctx.configuration, profile))])

    return _follow(
        ctx,
        topic,
        after,
        (owner,),
        reporter,
        remembered=REMOVALS_KEPT,
        beside=values if preferences else None,
    )


def conversation_changes(
    ctx: Context, session_id: str, after: str | None
) -> AsyncGenerator[Change[tuple[Conversation, Session]], None]:
    """The turns of a session as they are recorded, answered, rated and deleted, each with the
    session, until the session is deleted or expires.

    It begins as `session_changes` does. It raises what that raises, and `Refused` (NOT_FOUND) if
    there is no such session.
    """
    owner, summary = profile_key(ctx.uid), session_key(ctx.uid, session_id)

    def reporter(
        current: Snapshot,
    ) -> Callable[[Conversation], Reported[tuple[Conversation, Session]]] | None:
        session = present(ctx, current, summary)
        if session is None:
            return None
        shows = limits(ctx, current.get(owner)).shows
        return lambda turn: ("changed", (turn, session)) if shows(turn) else ("deleted", None)

    topic: Topic[Conversation] = Topic(
        f"sessions/{session_id}/conversations",
        (conversations_of(ctx.uid, session_id),),
        lambda turn: turn.conversation_id,
        # At most about 17 MB.
        at_once=20,
    )
    return _follow(ctx, topic, after, (owner, summary), reporter)


def reading(
    ctx: Context, subscriber: Subscriber, keys: tuple[Key[Record], ...]
) -> Callable[[], Awaitable[Snapshot]]:
    """A function that reads records for a subscription, shared with the user's other subscriptions. It raises
    `Refused` once all of the user's data is erased."""
    erased = erasure_key(ctx.uid)
    erasures: set[int] = set()

    async def read() -> Snapshot:
        keys_read = (*keys, erased)
        current = await subscriber.read(keys_read, lambda: ctx.store.get(keys_read))
        erasure = current.get(erased)
        erasures.add(erasure.update_time if erasure else 0)
        if len(erasures) > 1 or (erasure and erasure.finished_at is None):
            raise erasing()
        return current

    return read


async def _follow(
    ctx: Context,
    topic: Topic[T],
    after: str | None,
    keys: tuple[Key[Record], ...],
    reporter: Callable[[Snapshot], Callable[[T], Reported[U]] | None],
    *,
    remembered: int | None = None,
    beside: Callable[[Snapshot], str] | None = None,
) -> AsyncGenerator[Change[U], None]:
    """The changes of a topic. `reporter` gets the records at `keys` and returns how to report a change;
    when it returns None, the subscription ends. The value that `beside` derives from these records is
    followed as well.

    A cursor older than `remembered` (microseconds) is refused.
    """
    cursors = Cursors(ctx.digests, f"{ctx.uid}/{topic.name}/changes")
    start: int | None = None
    if after is not None:
        start, made_at = map(int, cursors.decode(after, "after"))
        if remembered is not None and made_at < ctx.now() - remembered:
            raise invalid(
                f"after is older than {remembered // DAY} days; reload the lists and subscribe "
                "without it.",
                "after",
            )
    async with ctx.live.join(ctx.uid) as subscriber:
        read = reading(ctx, subscriber, keys)
        first = await read()
        if reporter(first) is None:
            raise not_found("session", "sessionId")
        # After a cursor, the earlier value is unknown.
        known = beside(first) if beside and start is None else None
        feed = Feed(ctx.store, subscriber, topic)
        if start is None:
            await feed.begin_now()
            yield Change("begun", cursors.encode([feed.position, ctx.now()]))
        else:
            feed.position = start
        subscriber.woken.set()
        while True:
            await subscriber.woken.wait()
            subscriber.woken.clear()
            try:
                following: Position | None = feed.restart()
                while following is not None:
                    current, (page, following) = await asyncio.gather(read(), feed.read(following))
                    report = reporter(current)
                    if report is None:
                        return
                    if beside and (now := beside(current)) != known:
                        known = now
                        ctx.loader.clear()
                        ctx.allowance.renew()
                        yield Change("changed", cursors.encode([feed.position, ctx.now()]))
                    for changed in filter(feed.take, page):
                        kind, record = report(changed.record)
                        ctx.loader.clear()
                        ctx.allowance.renew()
                        yield Change(
                            kind,
                            cursors.encode([feed.position, ctx.now()]),
                            topic.identity(changed.record),
                            changed.record.update_time,
                            record,
                        )
            except StoreUnavailable:
                await asyncio.sleep(random.uniform(0, RETRY_SECONDS))  # noqa: S311
                subscriber.woken.set()
            await asyncio.sleep(PAUSE_SECONDS)
