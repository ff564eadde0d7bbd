"""Recording a turn: one batched read and one commit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from resolvers.context import Context
from resolvers.conversations.answers import ANSWER_ORIGIN, Answer
from resolvers.conversations.conversations import Keys, TurnState, turn_keys, turn_state
from resolvers.digests import Digests, new_id
from resolvers.errors import Code, Problem, Refused, conflict, not_found
from resolvers.input_limits import METADATA_BYTES, QUERY_BYTES, Checks, microseconds
from resolvers.lifetimes import Lifetimes
from resolvers.preferences.effective import TurnPreferences, for_turn
from resolvers.sessions.branches import (
    continued,
    depth_of_next,
    opened,
    place_after,
    tree_fields,
)
from resolvers.sessions.capacity import Opening, counting, opening
from resolvers.sessions.sessions import changes, limits, state
from resolvers.sessions.storage import check_storage, growth, stored_size
from resolvers.sessions.titles import derived_title
from stores.keys import Key, conversation_key, session_key
from stores.ports import Create, Snapshot, Update, Write
from stores.records import BRANCH_PLACES, Conversation, Profile, Session


@dataclass(slots=True)
class NewTurn:
    """A turn to record. Without a session it opens one. Without an id it gets a random one, so a
    repeated request can't be recognised. Not to be changed, like its answer; frozen, they would take three
    times as long to make."""

    query: str
    answer: Answer = field(default_factory=Answer)
    session_id: str | None = None
    conversation_id: str | None = None
    timestamp: datetime | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    temporary: bool = False
    """Whether the session that it opens is temporary."""
    replaces: str | None = None
    """The id of the session's turn that the new one stands beside."""
    branch: int | None = None
    """The branch to which it is added, shown from then on; None for the branch that is shown."""


def turn_fingerprint(digests: Digests, request: NewTurn) -> str:
    """The digest by which a repeated request to record a turn is recognised.

    How the answer was made, and which turn the new one replaces, are included only if they are given, so
    that turns recorded before these fields existed are still recognised.
    """
    answer = request.answer.fields(saved=True)
    for name in ANSWER_ORIGIN:
        if answer[name] is None:
            del answer[name]
    return digests.fingerprint(
        [
            "conversation",
            request.query,
            answer,
            request.timestamp and microseconds(request.timestamp),
            request.metadata,
            *([request.replaces] if request.replaces else []),
        ]
    )


async def record_conversation(ctx: Context, request: NewTurn) -> TurnState:
    """Record a turn, opening a session when none is named.

    A repeated request with the same id returns the turn that was recorded first. Raises `Refused`:
    INVALID, NOT_FOUND if there is no such session, branch or turn to replace, LIMIT_EXCEEDED, or
    CONFLICT if the id was used for another request.
    """
    with Checks() as checks:
        checks.text(request.query, QUERY_BYTES, "query", blank=False)
        request.answer.check(checks)
        request.answer.check_with(request.query, request.metadata, checks)
        checks.id(request.conversation_id, "clientId")
        checks.time(request.timestamp, ctx.now(), "timestamp")
        checks.json(request.metadata, dict, METADATA_BYTES, "metadata")
    conversation_id = request.conversation_id or new_id()
    session_id = request.session_id or ctx.digests.session_id(ctx.uid, conversation_id)
    fingerprint = turn_fingerprint(ctx.digests, request)
    keys = turn_keys(ctx, session_id, conversation_id)
    replaced_key: Key[Conversation] | None = None
    if request.replaces:
        replaced_key = conversation_key(ctx.uid, session_id, request.replaces)
    read = (*keys, replaced_key) if replaced_key else keys

    async def attempt() -> TurnState:
        snapshot = await ctx.fresh(*read)
        profile = snapshot.get(keys[0])
        now = limits(ctx, profile)
        session = now.kept(snapshot.get(keys[1]))
        recorded = snapshot.get(keys[2])
        if session is None and (request.session_id is not None or recorded is not None):
            raise not_found("session", "sessionId")
        if recorded is not None:
            return _repeated(ctx, keys, snapshot, recorded, fingerprint)
        asked_at = microseconds(request.timestamp) if request.timestamp else now.now
        replaced = snapshot.get(replaced_key) if replaced_key else None
        place, tree = _place(request, now, session, conversation_id, asked_at, replaced)
        chosen = for_turn(ctx.configuration, profile, session)
        turn = _turn(request, chosen, keys, fingerprint, asked_at, now.now, place)
        size = stored_size(turn)
        base, fields, write = _summary(ctx, request, now, session, turn, tree, size)
        await check_storage(ctx, profile)
        stored = growth(session.stored_bytes if session else None, size)
        room = await _room(ctx, profile, session, base.temporary, stored)
        committed = await ctx.commit(
            [write, Create(keys[2], turn), *room.writes], [*room.changes, *changes(base, turn)]
        )
        after = base.model_copy(update={**fields, **committed.transformed[0]})
        return TurnState(turn, state(ctx, profile, after, now, room.archived))

    return await ctx.settle(attempt)


def _repeated(
    ctx: Context, keys: Keys, snapshot: Snapshot, recorded: Conversation, fingerprint: str
) -> TurnState:
    """The turn that the same request recorded before, in its current state."""
    found = turn_state(ctx, keys, snapshot)
    if found is None:
        raise not_found("conversation", "conversationId")
    if recorded.fingerprint != fingerprint:
        raise conflict(
            "clientId is in use for another turn of this session; choose another.",
            "clientId",
        )
    return found


def _turn(
    request: NewTurn,
    chosen: TurnPreferences,
    keys: Keys,
    fingerprint: str,
    asked_at: int,
    now: int,
    place: Mapping[str, Any],
) -> Conversation:
    """The turn to record, without its text if the preferences say so."""
    saved = chosen.save_conversations
    return Conversation(
        session_id=keys[1].id,
        conversation_id=keys[2].id,
        query=request.query if saved else None,
        **request.answer.fields(saved=saved),
        timestamp=asked_at,
        recorded_at=now,
        metadata=request.metadata if saved else {},
        text_saved=saved,
        response_style=chosen.response_style,
        language=chosen.language_preference,
        fingerprint=fingerprint,
        **place,
    )


def _place(
    request: NewTurn,
    now: Lifetimes,
    session: Session | None,
    turn_id: str,
    asked_at: int,
    replaced: Conversation | None,
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The fields of the turn that say where it stands, and those of the session with the branches and the
    shown branch that result. Both are empty for a new session, the latter also while there are no branches.
    """
    if session is None:
        return {}, {}
    number = session.shown_branch if request.branch is None else request.branch
    if number > len(session.branches):
        raise not_found("branch", "place", "branch")
    branches = session.branches
    if request.replaces is None:
        depth = depth_of_next(session, number)
        if branches:
            branches = continued(session, number, turn_id)
    elif replaced is None or not now.shows(replaced):
        raise not_found("conversation", "place", "replaces")
    else:
        branches = opened(session, replaced, turn_id)
        number, depth = branches[-1].number, branches[-1].depth
    place = place_after(session, number, asked_at)
    moved_to = None if place == asked_at else place
    return (
        {"moved_to": moved_to, "depth": depth, "replaces": request.replaces},
        {"branches": branches, "shown_branch": number} if branches else {},
    )


def _summary(
    ctx: Context,
    request: NewTurn,
    lifetimes: Lifetimes,
    session: Session | None,
    turn: Conversation,
    tree: Mapping[str, Any],
    size: int,
) -> tuple[Session, Mapping[str, Any], Write]:
    """The session before the new turn of this size, or the one that it opens; its fields that the turn sets;
    and the write for it. `tree` has the fields of the session's tree including that turn."""
    now, active = turn.recorded_at, min(turn.recorded_at, turn.timestamp)
    said = request.answer.session_fields(saved=turn.text_saved)
    if turn.query and (session is None or session.derived_title is None):
        title = derived_title(turn.query, request.answer.title)
        said |= {"derived_title": title, "title_from": now}
    last = {"last_position": turn.place % BRANCH_PLACES}
    if session is None:
        new = Session(
            session_id=turn.session_id,
            created_at=now if request.temporary else active,
            last_active=active,
            touched_at=now,
            oldest_turn_at=now,
            conversation_count=1,
            stored_bytes=size,
            temporary=request.temporary,
            **last,
            **said,
        )
        return new, {}, Create(session_key(ctx.uid, turn.session_id), new)
    if not lifetimes.takes_turns(session):
        raise Refused(
            Problem(
                Code.SESSION_EXPIRED,
                "The session was idle for too long; reopen it with restoreSession first.",
                ("sessionId",),
            )
        )
    if session.status == "archived":
        said["status"] = "active"
    changed = tree_fields(session, session.model_copy(update=tree)) if tree else {}
    # Its kind, its counters and its list of branches must not change between the read and the commit.
    exact = session.temporary or session.status == "archived" or "branches" in changed
    write = Update(
        session_key(ctx.uid, turn.session_id),
        set={**said, **changed},
        increase={"conversation_count": 1, "stored_bytes": size},
        raise_to={"last_active": active, "touched_at": now, **last},
        unchanged_since=session.update_time if exact else None,
    )
    return session, {**tree, **said}, write


async def _room(
    ctx: Context, profile: Profile | None, before: Session | None, temporary: bool, stored: int
) -> Opening:
    """What must be written so that the session is active, if it was not, and more can be stored."""
    if before is None and not temporary:
        return await opening(ctx, profile, stored=stored)
    if before is not None and before.status == "archived":
        return await opening(ctx, profile, archived=-1, stored=stored)
    if before is None or stored:
        return counting(ctx, profile, stored_bytes=stored)
    return Opening([], [])
