"""When the viewer asks, the sessions with the most turns, and the turns without an answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.insights import habits
from resolvers.context import Context
from resolvers.conversations.conversations import TurnState, turn_keys, turn_state
from resolvers.errors import invalid
from resolvers.insights.viewer import ViewerInsights
from resolvers.mail_schedule import is_time_zone
from resolvers.sessions.sessions import SessionState, present, state
from stores.keys import profile_key, session_key


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Turns without an answer: how many the mirror has, and the latest of them."""

    total: int
    turns: Sequence[TurnState]


async def weeks(ctx: Context, found: ViewerInsights) -> list[habits.Week]:
    """The weeks with turns, and their topics."""
    figures = found.figures
    topics = [each.topic for each in figures.topics]
    return await habits.weeks(ctx.warehouse, found.counted, figures.days, topics)


async def hours(ctx: Context, found: ViewerInsights, zone: str) -> list[habits.Hour]:
    """The hours of the week with turns; raises `Refused` unless there is such a time zone."""
    if not is_time_zone(zone):
        raise invalid(
            "timeZone must be a name in IANA's time zone database, such as Europe/Berlin.",
            "timeZone",
        )
    return await habits.hours(ctx.warehouse, found.counted, zone)


async def longest_sessions(ctx: Context, found: ViewerInsights) -> list[tuple[SessionState, int]]:
    """The sessions with the most turns, in their current state, and how many turns each has in the range."""
    counted = await habits.longest_sessions(ctx.warehouse, found.counted)
    owner = profile_key(ctx.uid)
    keys = {session_id: session_key(ctx.uid, session_id) for session_id, _ in counted}
    snapshot = await ctx.store.get([owner, *keys.values()])
    return [
        (state(ctx, snapshot.get(owner), session), turns)
        for session_id, turns in counted
        if (session := present(ctx, snapshot, keys[session_id])) and not session.temporary
    ]


async def unanswered(ctx: Context, found: ViewerInsights) -> Unanswered:
    """The latest turns that the mirror has without an answer, and that still have none."""
    counted = await habits.unanswered(ctx.warehouse, found.counted)
    wanted = [turn_keys(ctx, *place) for place in counted.places]
    keys = {key for each in wanted for key in each}
    snapshot = await ctx.store.get([*keys])
    turns = [turn for each in wanted if (turn := turn_state(ctx, each, snapshot))]
    open_turns = [each for each in turns if not each.conversation.answered]
    return Unanswered(counted.total, open_turns)
