"""Hits: the current state of candidates in the store that may be shown and still match."""

import asyncio
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Literal, TypeAlias

from analytics.search import Position
from analytics.search_query import SearchQuery, Term, has, matches, shown_by, side_of
from analytics.search_text import Section, combined, section
from resolvers.context import Context
from resolvers.conversations.conversations import turn_cursors
from resolvers.search.session_filters import belongs
from resolvers.search.snippets import Fragment, snippet
from resolvers.sessions.branches import shows
from resolvers.sessions.sessions import SessionState, limits, present, state
from stores.documents import memory, to_document
from stores.keys import conversation_key, profile_key, session_key
from stores.ports import Snapshot
from stores.records import Conversation

Reason: TypeAlias = Literal["words", "meaning"]

CHUNK = 16
"""Records per read: turns can be large, and the first ones often fill the page."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A turn that matches or, without a conversation, a session whose title matches."""

    position: Position
    """Its position by time: (time, session id, conversation id or '')."""
    session: SessionState
    conversation: Conversation | None
    snippet: list[Fragment]
    opens_at: str | None
    """The cursor just before the turn in its session's list, to open the session at this turn."""
    branch: int | None
    """The branch to list; None if the shown branch has the turn."""
    matched_by: Sequence[Reason]
    """Why it is a hit: one reason or both."""
    size: int
    """About how many bytes of memory the turn takes."""


async def matching(
    ctx: Context,
    positions: Sequence[Position],
    query: SearchQuery,
    near: Set[Position] = frozenset(),
) -> list[Hit]:
    """The hits among the records at these positions, read in one batch and matched again. Turns that are
    `near` need only match the query's phrases.

    They are matched in a thread because normalising a long text takes a tenth of a second.
    """
    keys = {profile_key(ctx.uid), *(session_key(ctx.uid, position[1]) for position in positions)}
    turns = {
        conversation_key(ctx.uid, position[1], position[2]) for position in positions if position[2]
    }
    snapshot = await ctx.store.get([*keys, *turns])
    return await asyncio.to_thread(
        lambda: [
            hit for position in positions if (hit := _hit(ctx, snapshot, position, query, near))
        ]
    )


def _hit(
    ctx: Context,
    snapshot: Snapshot,
    position: Position,
    query: SearchQuery,
    near: Set[Position],
) -> Hit | None:
    """The record at a position, if it may be shown and matches."""
    _, session_id, conversation_id = position
    profile = snapshot.get(profile_key(ctx.uid))
    session = present(ctx, snapshot, session_key(ctx.uid, session_id))
    if session is None or session.temporary or not belongs(session, query):
        return None
    turn = None
    said = [session.custom_title]
    if conversation_id:
        turn = snapshot.get(conversation_key(ctx.uid, session_id, conversation_id))
        if turn is None or not limits(ctx, profile).shows(turn):
            return None
        said = [turn.query, turn.response]
    elif query.side is not None:
        return None
    if query.model is not None and (turn is None or turn.model != query.model):
        return None
    sections = [section(text) for text in said]
    found_by = combined(sections)
    if any(has(found_by, each) for each in query.excluded):
        return None
    reasons: list[Reason] = ["words"] if matches(side_of(found_by, query.side), query.terms) else []
    if position in near and matches(found_by, query.phrases):
        reasons.append("meaning")
    if not reasons:
        return None
    terms = (query.terms or query.titles) if "words" in reasons else query.phrases
    found, excerpt = state(ctx, profile, session), _excerpt(said, sections, terms)
    if turn is None:
        return Hit(position, found, None, excerpt, None, None, reasons, 0)
    opens_at = turn_cursors(ctx, session_id).encode((turn.place, ""))
    branch = None if shows(session, session.shown_branch, turn) else turn.branch
    return Hit(position, found, turn, excerpt, opens_at, branch, reasons, memory(to_document(turn)))


def _excerpt(
    said: Sequence[str | None], sections: Sequence[Section], terms: Sequence[Term]
) -> list[Fragment]:
    """An excerpt from the text with the most terms."""
    by_text = {
        text: found for text, found in zip(said, sections, strict=True) if text and found.words
    }
    if not by_text:
        return []
    best = max(by_text, key=lambda text: sum(has(f" {by_text[text]}", each) for each in terms))
    return snippet(best, shown_by(by_text[best], terms))
