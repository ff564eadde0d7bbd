"""Turns: read, complete, rate, delete.

Every commit that touches a turn also updates its session's summary, so nothing can be added to a
session that was deleted in between.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from resolvers.context import Context
from resolvers.conversations.answers import NOT_GROWING, Answer
from resolvers.conversations.paths import take_path, with_spare
from resolvers.errors import conflict, invalid, not_found
from resolvers.input_limits import (
    COMMENT_BYTES,
    Checks,
)
from resolvers.pagination import Cursors, Page, PageRequest, collect
from resolvers.sessions.branches import (
    matters,
    next_of_line,
    through,
    tree_fields,
    without,
)
from resolvers.sessions.sessions import SessionState, changes, limits, preferences_in, state
from resolvers.sessions.storage import growing_size, growth, stored_size
from resolvers.sessions.titles import derived_title
from stores.branches import path, path_from_end, position
from stores.keys import Key, conversation_key, profile_key, session_key
from stores.ports import Portion, Snapshot, Update, Window
from stores.records import Conversation, Feedback, Profile, Session


class TurnState(NamedTuple):
    """A turn and its session."""

    conversation: Conversation
    session: SessionState


# Annotations of functions that are made for each request, made once.
_Found: TypeAlias = Portion[Conversation]
_Shows: TypeAlias = Callable[[Conversation], bool]
Keys: TypeAlias = tuple[Key[Profile], Key[Session], Key[Conversation]]


def turn_keys(ctx: Context, session_id: str, conversation_id: str) -> Keys:
    """The keys that a use case about a turn reads in one batch."""
    uid = ctx.uid
    return (
        profile_key(uid),
        session_key(uid, session_id),
        conversation_key(uid, session_id, conversation_id),
    )


def turn_state(ctx: Context, keys: Keys, snapshot: Snapshot) -> TurnState | None:
    """A turn, if both it and its session exist and have not expired."""
    profile, turn = snapshot.get(keys[0]), snapshot.get(keys[2])
    now = limits(ctx, profile)
    session = now.kept(snapshot.get(keys[1]))
    if session is None or turn is None or not now.shows(turn):
        return None
    return TurnState(turn, state(ctx, profile, session, now))


async def read_turn(ctx: Context, session_id: str, conversation_id: str) -> TurnState:
    """Read a turn for a writer; raises `Refused` if it does not exist."""
    keys = turn_keys(ctx, session_id, conversation_id)
    found = turn_state(ctx, keys, await ctx.fresh(*keys))
    if found is None:
        raise not_found("conversation", "conversationId")
    return found


async def get_conversation(ctx: Context, session_id: str, conversation_id: str) -> TurnState | None:
    """A turn of a session outside the trash, or None."""
    keys = turn_keys(ctx, session_id, conversation_id)
    return turn_state(ctx, keys, await ctx.read(*keys))


def turn_cursors(ctx: Context, session_id: str) -> Cursors:
    """The cursors of the list of a session's turns."""
    return Cursors(ctx.digests, f"{ctx.uid}/sessions/{session_id}/conversations")


def turn_cursor(ctx: Context, turn: Conversation) -> str:
    """The cursor of a turn in the list of its session's turns."""
    return turn_cursors(ctx, turn.session_id).encode(position(turn))


async def list_conversations(
    ctx: Context,
    session_id: str,
    request: PageRequest,
    branch: int | None = None,
    known: Session | None = None,
) -> Page[Conversation]:
    """The turns of one path of a session, in order: the shown path, or that of a branch. Raises
    `Refused`, also if the pages of the request take too much memory.

    If `known`, the session's summary, is not given, it is read at the same time. The caller has checked
    that the session exists.
    """
    cursors = turn_cursors(ctx, session_id)
    summary, owner = session_key(ctx.uid, session_id), profile_key(ctx.uid)

    async def judge() -> _Shows:
        return limits(ctx, (await ctx.read(owner)).get(owner)).shows

    async def fetch(part: Window, size: int) -> _Found:
        nonlocal known
        read = None
        ctx.expect(owner)
        if known is None:
            ctx.expect(summary)
            read = await ctx.store.take_conversations(ctx.uid, session_id, with_spare(part), size)
            known = (await ctx.read(summary)).get(summary)
        if branch is not None and not (known and branch <= len(known.branches)):
            raise invalid("branch is not a branch of this session.", "branch")
        if known is None or not known.branches:
            return read or await ctx.store.take_conversations(ctx.uid, session_id, part, size)
        shown = known.shown_branch if branch is None else branch
        ranges = path_from_end(known, shown, part.before) if part.from_end else path(known, shown)
        return await take_path(ctx, session_id, ranges, part, size, read)

    return await ctx.allowance.page(lambda: collect(request, cursors, fetch, position, judge))


async def choose_alternative(ctx: Context, session_id: str, conversation_id: str) -> SessionState:
    """Show a path that contains this turn. If the shown path does, nothing changes; otherwise the newest
    one that does is shown. Raises `Refused`: NOT_FOUND."""

    async def attempt() -> SessionState:
        found = await read_turn(ctx, session_id, conversation_id)
        session = found.session.session
        chosen = through(session, found.conversation)
        if chosen == session.shown_branch:
            return found.session
        write = Update(
            session_key(ctx.uid, session_id),
            set={"shown_branch": chosen},
            unchanged_since=session.update_time,
        )
        await ctx.commit([write], changes(session))
        shown = session.model_copy(update={"shown_branch": chosen})
        return found.session._replace(session=shown)

    return await ctx.settle(attempt)


async def complete_conversation(
    ctx: Context, session_id: str, conversation_id: str, answer: Answer
) -> TurnState:
    """Fill in the answer of a turn that was awaiting it. Repeating the same answer changes nothing.

    Raises `Refused`: INVALID, NOT_FOUND, or CONFLICT if the turn has another answer.
    """
    with Checks() as checks:
        answer.check(checks)

    async def attempt() -> TurnState:
        found = await read_turn(ctx, session_id, conversation_id)
        saving = preferences_in(found.session).privacy_settings.save_conversations
        saved = saving and found.conversation.text_saved
        fields = answer.fields(saved=saved)
        if not found.conversation.answered:
            with Checks() as checks:
                answer.check_with(found.conversation.query, found.conversation.metadata, checks)
            resumable = answer.session_fields(saved=saved)
            query, titled_by = found.conversation.query, found.session.session.title_from
            if saved and query and answer.title and titled_by == found.conversation.recorded_at:
                resumable |= {"derived_title": derived_title(query, answer.title)}
            whole = {**fields, **NOT_GROWING}
            return await _update(ctx, found, whole, answered=True, resumable=resumable)
        if fields != {name: getattr(found.conversation, name) for name in fields}:
            raise conflict(
                "This turn has an answer already; record a new turn instead.", "response"
            )
        return found

    return await ctx.settle(attempt)


async def submit_feedback(
    ctx: Context, session_id: str, conversation_id: str, feedback: Feedback | None
) -> TurnState:
    """Rate an answer. A later rating replaces an earlier one, and None removes it.

    Raises `Refused`: INVALID or NOT_FOUND.
    """
    with Checks() as checks:
        checks.text(feedback.comment if feedback else None, COMMENT_BYTES, "comment")

    async def attempt() -> TurnState:
        found = await read_turn(ctx, session_id, conversation_id)
        kept = feedback
        if kept is not None and not found.conversation.text_saved:
            kept = Feedback(score=kept.score)
        judged_at = ctx.now() if kept else None
        return await _update(ctx, found, {"feedback": kept, "judged_at": judged_at})

    return await ctx.settle(attempt)


async def delete_conversation(ctx: Context, session_id: str, conversation_id: str) -> SessionState:
    """Delete a turn immediately and permanently; raises `Refused`.

    Later turns stay and then follow the turns before it. A stub without text stays until the session
    is purged, so that the id can't be reused.
    """

    async def attempt() -> SessionState:
        found = await read_turn(ctx, session_id, conversation_id)
        session, turn = found.session.session, found.conversation
        gone: dict[str, Any] = {
            "deleted_at": ctx.now(),
            "query": None,
            "response": None,
            "citations": [],
            "metadata": {},
            "feedback": None,
            "judged_at": None,
            "answer_token": None,
            **NOT_GROWING,
        }
        untitled = session.title_from == turn.recorded_at
        left = session
        if matters(session, turn):
            shows = found.session.limits.shows
            left = without(session, turn, await next_of_line(ctx, turn, shows))
        deleted = await _update(ctx, found, gone, counted=-1, untitled=untitled, tree=left)
        return deleted.session

    return await ctx.settle(attempt)


async def _update(
    ctx: Context,
    found: TurnState,
    fields: dict[str, Any],
    *,
    answered: bool = False,
    resumable: Mapping[str, Any] = MappingProxyType({}),
    counted: int = 0,
    untitled: bool = False,
    tree: Session | None = None,
) -> TurnState:
    """Write fields of a turn, together with its session's summary, if the turn has not been written
    since it was read. With a `tree` the session gets its branches, if the session has not been written."""
    turn, session = found.conversation, found.session.session
    owner, summary, key = turn_keys(ctx, turn.session_id, turn.conversation_id)
    changed = turn.model_copy(update=fields)
    stored = changed.model_dump(include=set(fields))
    planted = tree_fields(session, tree) if tree else {}
    exact = session.temporary or (tree is not None and bool(session.branches))
    now, grown = ctx.now(), stored_size(changed) - stored_size(turn)
    moved = max(0, growth(session.stored_bytes, grown))
    counters = {"stored_bytes": moved, "growing_bytes": growing_size(changed) - growing_size(turn)}
    counters = {name: amount for name, amount in counters.items() if amount}
    committed = await ctx.commit(
        [
            Update(
                summary,
                set={**resumable, **planted, **({"title_from": 0} if untitled else {})},
                unset=["derived_title"] if untitled else [],
                increase={
                    "stored_bytes": grown,
                    **({"conversation_count": counted} if counted else {}),
                },
                raise_to={"last_active": now, "touched_at": now} if answered else {},
                unchanged_since=session.update_time if exact else None,
            ),
            Update(
                key,
                set={name: value for name, value in stored.items() if value is not None},
                unset=[name for name, value in stored.items() if value is None],
                unchanged_since=turn.update_time,
            ),
            *([Update(owner, increase=counters)] if counters else []),
        ],
        changes(session, turn, untitled=untitled, gone=counted < 0),
    )
    if untitled:
        session = session.model_copy(update={"derived_title": None, "title_from": 0})
    if tree is not None:
        session = session.model_copy(
            update={"branches": tree.branches, "shown_branch": tree.shown_branch}
        )
    session = session.model_copy(update={**resumable, **committed.transformed[0]})
    return TurnState(changed, found.session._replace(session=session))
