"""Turns: record, complete, rate, read.

An append is one batched read and one commit. Every commit that touches a turn also updates its
session's summary, so nothing can land in a session that was deleted in between.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from resolvers import preferences as rules
from resolvers.checks import (
    CITATIONS_BYTES,
    COMMENT_BYTES,
    METADATA_BYTES,
    QUERY_BYTES,
    RESPONSE_BYTES,
    RESPONSE_TIME_MS,
    TOKEN_BYTES,
    Checks,
    microseconds,
)
from resolvers.context import Context
from resolvers.digests import new_id
from resolvers.errors import conflict, not_found
from resolvers.pages import Cursors, Page, PageRequest, page, window
from resolvers.preferences import in_force
from resolvers.sessions import SessionState, session_change, state
from stores.keys import Key, conversation_key, profile_key, session_key
from stores.ports import Create, Snapshot, Update, Write
from stores.records import Change, Conversation, Feedback, Profile, Session

DERIVED_TITLE_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer service gave; `response` is None while it is awaited."""

    response: str | None = None
    response_time_ms: int | None = None
    citations: list[Any] = field(default_factory=list)
    answer_token: str | None = None

    def check(self, checks: Checks) -> None:
        """Hold the answer to the limits."""
        checks.text(self.response, RESPONSE_BYTES, "response")
        checks.between(self.response_time_ms, 0, RESPONSE_TIME_MS, "responseTimeMs")
        checks.json(self.citations, list, CITATIONS_BYTES, "citations")
        checks.text(self.answer_token, TOKEN_BYTES, "answerToken")

    def fields(self, *, saved: bool) -> dict[str, Any]:
        """The fields of the turn that the answer fills in; no text unless it may be saved."""
        return {
            "answered": self.response is not None,
            "response": self.response if saved else None,
            "response_time_ms": self.response_time_ms,
            "citations": self.citations if saved else [],
            "answer_token": self.answer_token,
        }


@dataclass(frozen=True, slots=True)
class NewTurn:
    """What a caller says of a turn to record. Without a session it opens one; without an id it gets a
    random one, and can't be recognised when it is sent again."""

    query: str
    answer: Answer = Answer()
    session_id: str | None = None
    conversation_id: str | None = None
    timestamp: datetime | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TurnState:
    """A turn and the session it is part of."""

    conversation: Conversation
    session: SessionState


def derived_title(query: str) -> str:
    """A session's title, until the user gives one: the beginning of its first query."""
    line = " ".join(query.split())
    if len(line) <= DERIVED_TITLE_CHARACTERS:
        return line
    head, _, _ = line[:DERIVED_TITLE_CHARACTERS].rpartition(" ")
    return f"{head or line[: DERIVED_TITLE_CHARACTERS - 1]}…"


def _changes(session: Session, turn: Conversation) -> list[Change]:
    """How an export mark names a turn and the summary it touched."""
    return [
        session_change(session),
        Change(
            kind="conversation",
            session_id=turn.session_id,
            conversation_id=turn.conversation_id,
            at=turn.timestamp,
        ),
    ]


def _keys(
    ctx: Context, session_id: str, conversation_id: str
) -> tuple[Key[Profile], Key[Session], Key[Conversation]]:
    """What a use case on a turn reads in one batch."""
    return (
        profile_key(ctx.uid),
        session_key(ctx.uid, session_id),
        conversation_key(ctx.uid, session_id, conversation_id),
    )


def _state(
    ctx: Context,
    keys: tuple[Key[Profile], Key[Session], Key[Conversation]],
    snapshot: Snapshot,
) -> TurnState | None:
    profile, session, turn = (snapshot.get(keys[0]), snapshot.get(keys[1]), snapshot.get(keys[2]))
    if session is None or turn is None:
        return None
    return TurnState(turn, state(ctx, profile, session))


async def record_conversation(ctx: Context, request: NewTurn) -> TurnState:
    """Record a turn, opening a session when none is named.

    The same request with the same id again returns the turn it recorded. Raises `Refused`: INVALID,
    NOT_FOUND for a session that is not there, CONFLICT where the id was used for another request.
    """
    with Checks() as checks:
        checks.text(request.query, QUERY_BYTES, "query", blank=False)
        request.answer.check(checks)
        checks.id(request.conversation_id, "conversationId")
        checks.time(request.timestamp, ctx.now(), "timestamp")
        checks.json(request.metadata, dict, METADATA_BYTES, "metadata")
    conversation_id = request.conversation_id or new_id()
    session_id = request.session_id or ctx.digests.session_id(ctx.uid, conversation_id)
    fingerprint = ctx.digests.fingerprint(
        [
            "conversation",
            request.query,
            request.answer.fields(saved=True),
            request.timestamp and microseconds(request.timestamp),
            request.metadata,
        ]
    )
    keys = _keys(ctx, session_id, conversation_id)

    async def attempt() -> TurnState:
        snapshot = await ctx.store.get(keys)
        profile, session, recorded = (
            snapshot.get(keys[0]),
            snapshot.get(keys[1]),
            snapshot.get(keys[2]),
        )
        if session is None and (request.session_id is not None or recorded is not None):
            raise not_found("session", "sessionId")
        if session is not None and recorded is not None:
            if recorded.fingerprint != fingerprint:
                raise conflict(
                    "conversationId is in use for another turn of this session; choose another.",
                    "conversationId",
                )
            return TurnState(recorded, state(ctx, profile, session))

        now = ctx.now()
        saved = in_force(ctx.configuration, profile, session).privacy_settings.save_conversations
        turn = Conversation(
            session_id=session_id,
            conversation_id=conversation_id,
            query=request.query if saved else None,
            **request.answer.fields(saved=saved),
            timestamp=microseconds(request.timestamp) if request.timestamp else now,
            recorded_at=now,
            metadata=request.metadata if saved else {},
            text_saved=saved,
            fingerprint=fingerprint,
        )
        title = derived_title(request.query) if saved else None
        changes: list[Change] = []
        if session is None:
            session = Session(
                session_id=session_id,
                derived_title=title,
                created_at=min(now, turn.timestamp),
                last_active=min(now, turn.timestamp),
                conversation_count=1,
            )
            owner, changes = rules.opened(ctx, profile)
            writes: list[Write] = [Create(keys[1], session), owner]
        else:
            known: dict[str, Any] = {"status": "active"} if session.status == "archived" else {}
            if title and session.derived_title is None:
                known["derived_title"] = title
            session = session.model_copy(update=known)
            writes = [
                Update(
                    keys[1],
                    set=known,
                    increase={"conversation_count": 1},
                    raise_to={"last_active": min(now, turn.timestamp)},
                )
            ]
        committed = await ctx.commit(
            [*writes, Create(keys[2], turn)], [*changes, *_changes(session, turn)]
        )
        session = session.model_copy(update=dict(committed.transformed[0]))
        return TurnState(turn, state(ctx, profile, session))

    return await ctx.settle(attempt)


async def _read(ctx: Context, session_id: str, conversation_id: str) -> TurnState:
    """A turn as a writer needs it, fresh; raises `Refused` where it is not there."""
    keys = _keys(ctx, session_id, conversation_id)
    found = _state(ctx, keys, await ctx.store.get(keys))
    if found is None:
        raise not_found("conversation", "conversationId")
    return found


async def get_conversation(ctx: Context, session_id: str, conversation_id: str) -> TurnState | None:
    """A turn of a session outside the trash, or None."""
    keys = _keys(ctx, session_id, conversation_id)
    return _state(ctx, keys, await ctx.read(*keys))


async def list_conversations(
    ctx: Context, session_id: str, request: PageRequest
) -> Page[Conversation]:
    """The turns of a session in chronological order; raises `Refused`.

    It does not read the session: whoever shows turns has seen that the session is there.
    """
    cursors = Cursors(ctx.digests, f"{ctx.uid}/sessions/{session_id}/conversations")
    found = await ctx.store.list_conversations(ctx.uid, session_id, window(request, cursors))
    return page(request, cursors, found, lambda turn: (turn.timestamp, turn.conversation_id))


async def complete_conversation(
    ctx: Context, session_id: str, conversation_id: str, answer: Answer
) -> TurnState:
    """Fill in the answer of a turn that was awaiting it; the same answer again changes nothing.

    Raises `Refused`: INVALID, NOT_FOUND, or CONFLICT where the turn has another answer.
    """
    with Checks() as checks:
        answer.check(checks)

    async def attempt() -> TurnState:
        found = await _read(ctx, session_id, conversation_id)
        fields = answer.fields(saved=found.conversation.text_saved)
        if not found.conversation.answered:
            return await _update(ctx, found, fields, {"last_active": ctx.now()})
        if fields != {name: getattr(found.conversation, name) for name in fields}:
            raise conflict(
                "This turn has an answer already; record a new turn instead.", "response"
            )
        return found

    return await ctx.settle(attempt)


async def submit_feedback(
    ctx: Context, session_id: str, conversation_id: str, feedback: Feedback | None
) -> TurnState:
    """Rate an answer; a later rating replaces the earlier one, and None takes it back.

    Raises `Refused`: INVALID or NOT_FOUND.
    """
    with Checks() as checks:
        checks.text(feedback.comment if feedback else None, COMMENT_BYTES, "comment")

    async def attempt() -> TurnState:
        found = await _read(ctx, session_id, conversation_id)
        kept = feedback
        if kept is not None and not found.conversation.text_saved:
            kept = Feedback(score=kept.score)
        return await _update(ctx, found, {"feedback": kept}, {})

    return await ctx.settle(attempt)


async def _update(
    ctx: Context, found: TurnState, fields: dict[str, Any], session_times: dict[str, int]
) -> TurnState:
    """Write fields of a turn nobody wrote since it was read, beside its session's summary."""
    turn, session = found.conversation, found.session.session
    _, summary, key = _keys(ctx, turn.session_id, turn.conversation_id)
    changed = turn.model_copy(update=fields)
    stored = changed.model_dump(include=set(fields))
    committed = await ctx.commit(
        [
            Update(summary, raise_to=session_times),
            Update(
                key,
                set={name: value for name, value in stored.items() if value is not None},
                unset=[name for name, value in stored.items() if value is None],
                unchanged_since=turn.update_time,
            ),
        ],
        _changes(session, turn),
    )
    session = session.model_copy(update=dict(committed.transformed[0]))
    return TurnState(changed, SessionState(session, found.session.preferences))
