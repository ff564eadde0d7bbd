"""A summary of a user's questions and answers, of those that the user can see at this moment."""

import asyncio
from dataclasses import replace

from analytics.warehouse.port import WarehouseError
from resolvers.context import Context
from resolvers.errors import Busy, Refused
from resolvers.input_limits import moment
from resolvers.insights.ranges import DateRange
from resolvers.insights.viewer import viewer_insights
from resolvers.lifetimes import Lifetimes
from resolvers.notifications.outgoing_mail import SessionSummary, Summary
from resolvers.sessions.sessions import limits
from stores.errors import StoreError
from stores.ports import Window
from stores.records import Conversation, Profile, SessionListRow

SESSIONS = 50
TURNS = 2000
"""The most turns that one summary reads, so that it needs little memory."""
PAGE = 50
PAGE_BYTES = 4 * 1024 * 1024
OPEN_QUESTIONS = 3
"""The most open questions shown for one session."""
EXCERPT = 160
"""The length of a quoted question, in characters."""
TOPICS_SECONDS = 30.0


async def summarise(ctx: Context, profile: Profile, since: int, until: int) -> Summary | None:
    """The summary from `since` to `until` (exclusive); None if there is nothing to report.

    Raises what the store raises. Without the warehouse it has no topics.
    """
    now = limits(ctx, profile)
    window = Window(SESSIONS, before=(since, ""))
    told: list[SessionSummary] = []
    left = TURNS
    for session in await ctx.store.list_session_rows(ctx.uid, window):
        if now.keeps(session) and left > 0:
            found = await _session(ctx, session, now, (since, until), left)
            left -= found.turns
            told += [found] if found.turns else []
    return Summary(since, until, told, await _topics(ctx, since, until)) if told else None


async def _session(
    ctx: Context, session: SessionListRow, now: Lifetimes, period: tuple[int, int], most: int
) -> SessionSummary:
    found = SessionSummary(session.session_id, now.title(session), 0)
    window = Window(PAGE, after=(period[0], ""), before=(period[1], ""))
    while found.turns < most:
        part = await ctx.store.take_conversations(ctx.uid, session.session_id, window, PAGE_BYTES)
        for turn in filter(now.shows, part.records):
            found = _with(found, turn)
        if not part.more or not part.records:
            break
        last = part.records[-1]
        window = replace(window, after=(last.timestamp, last.conversation_id))
    return found


def _with(found: SessionSummary, turn: Conversation) -> SessionSummary:
    questions = list(found.open_questions)
    if not turn.answered and turn.query and len(questions) < OPEN_QUESTIONS:
        questions.append(excerpt(turn.query))
    score = turn.feedback.score if turn.feedback else None
    return replace(
        found,
        turns=found.turns + 1,
        open_questions=questions,
        good=found.good + (score == 1),
        bad=found.bad + (score == 0),
    )


def excerpt(text: str) -> str:
    """The beginning of a text, as one line."""
    line = " ".join(text[: 4 * EXCERPT].split())
    return line if len(line) <= EXCERPT else f"{line[:EXCERPT].rstrip()}…"


async def _topics(ctx: Context, since: int, until: int) -> tuple[str, ...]:
    try:
        async with asyncio.timeout(TOPICS_SECONDS):
            found = await viewer_insights(ctx, DateRange(moment(since), moment(until)))
    except (WarehouseError, StoreError, Busy, Refused, TimeoutError):
        return ()
    return tuple(topic.topic for topic in found.figures.topics)
