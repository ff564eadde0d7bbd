"""An answer while it is being written, stored so that other devices see it and a crash does not lose it.

The text so far goes into the turn itself, without an export mark and without the session's
summary. Only the profile is written with it, which counts the bytes and wakes subscriptions. When a
writer gives up, and when the next one starts, the turn is exported: the mirror shows which have failed.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from resolvers.context import Context
from resolvers.conversations.conversations import TurnState, read_turn, turn_keys
from resolvers.errors import conflict
from resolvers.input_limits import RESPONSE_BYTES, TURN_BYTES, Checks
from resolvers.lifetimes import MINUTE
from resolvers.sessions.sessions import changes, preferences_in
from resolvers.sessions.storage import check_storage, growing_size
from stores.ports import Update
from stores.records import AnswerFailure, Conversation

STALLED_AFTER = MINUTE
"""An answer that has not grown for this long, in microseconds, counts as broken off."""


class AnswerState(StrEnum):
    """How far the answer of a turn has come."""

    WAITING = "waiting"
    GROWING = "growing"
    BROKEN_OFF = "broken_off"
    FAILED = "failed"
    ANSWERED = "answered"


def answer_state(turn: Conversation, now: int) -> AnswerState:
    """How far a turn's answer has come, by the server's clock."""
    if turn.answered:
        return AnswerState.ANSWERED
    if turn.failed:
        return AnswerState.FAILED
    if turn.grown_at is None:
        return AnswerState.WAITING
    return AnswerState.GROWING if now - turn.grown_at < STALLED_AFTER else AnswerState.BROKEN_OFF


@dataclass(frozen=True, slots=True)
class Extension:
    """A part of an answer. `offset` is where it begins, in characters (Unicode code points)."""

    offset: int
    text: str
    failed: bool = False
    """Whether its writer gives up."""
    failure: AnswerFailure | None = None
    """Why its writer gives up, if `failed`."""


async def extend_conversation(
    ctx: Context, session_id: str, conversation_id: str, part: Extension
) -> TurnState:
    """Add to the answer of a turn that is awaiting it. Repeating text that is already there changes nothing.

    Only if the answer is broken off or has failed may other text replace what was written from
    `offset` on. If text isn't kept, only the failure is written.

    Raises `Refused`: INVALID, NOT_FOUND, LIMIT_EXCEEDED, or CONFLICT for a gap, for text that differs
    from what was written, and if the turn has another answer.
    """
    with Checks() as checks:
        checks.between(part.offset, 0, RESPONSE_BYTES, "offset")
        checks.text(part.text, RESPONSE_BYTES, "text")
        if not part.text and not part.failed:
            checks.refuse("text is empty; send what was written since the last call.", "text")

    async def attempt() -> TurnState:
        found = await read_turn(ctx, session_id, conversation_id)
        turn, profile = found.conversation, found.session.profile
        saving = preferences_in(found.session).privacy_settings.save_conversations
        told = part if saving and turn.text_saved else replace(part, offset=0, text="")
        if not (told.text or told.failed):
            return found
        if turn.answered:
            if told.failed or not (turn.response or "").startswith(told.text, told.offset):
                raise conflict(
                    "This turn has an answer already; record a new turn instead.", "text"
                )
            return found
        growing = answer_state(turn, ctx.now()) is AnswerState.GROWING
        partial = _joined(turn.partial or "", told, growing=growing)
        if partial == (turn.partial or "") and not _tells_more(told, turn):
            return found
        with Checks() as checks:
            checks.together(RESPONSE_BYTES, {"text so far": partial}, "text")
            parts = {"query": turn.query, "text so far": partial, "metadata": turn.metadata}
            checks.together(TURN_BYTES, parts, "text")
        await check_storage(ctx, profile)
        now = ctx.now()
        state = {"failed": told.failed, "failure": told.failure}
        fields = {"partial": partial or None, "grown_at": now, **state}
        extended = turn.model_copy(update=fields)
        owner, summary, key = turn_keys(ctx, session_id, conversation_id)
        grown = growing_size(extended) - growing_size(turn)
        session = found.session.session
        # A row ranks at most by its session's last write.
        ranked = Update(
            summary,
            raise_to={"touched_at": now},
            unchanged_since=session.update_time if session.temporary else None,
        )
        mirrored = (told.failed, told.failure) != (turn.failed, turn.failure)
        await ctx.commit(
            [
                Update(
                    key,
                    set={name: value for name, value in fields.items() if value is not None},
                    unset=[name for name, value in fields.items() if value is None],
                    unchanged_since=turn.update_time,
                ),
                Update(owner, set={"grown_at": now}, increase={"growing_bytes": grown}),
                *([ranked] if mirrored else []),
            ],
            changes(session, turn) if mirrored else [],
        )
        return TurnState(extended, found.session)

    return await ctx.settle(attempt)


def _tells_more(part: Extension, turn: Conversation) -> bool:
    """Whether a part reports a failure, or the reason for one, that the turn doesn't have yet."""
    if not part.failed:
        return False
    return not turn.failed or (part.failure is not None and part.failure != turn.failure)


def _joined(written: str, part: Extension, *, growing: bool) -> str:
    """The answer so far with a part added to it; raises `Refused` if it doesn't fit."""
    if part.offset > len(written):
        raise conflict(
            f"offset is {part.offset}, but only {len(written)} characters have been written; send "
            f"what follows them, with the offset {len(written)}.",
            "offset",
        )
    overlapped = written[part.offset :]
    if overlapped.startswith(part.text):
        return written
    if growing and not part.text.startswith(overlapped):
        raise conflict(
            f"Other text was written from {part.offset} on; somebody else is writing this answer. Go "
            f"on at the offset {len(written)}, or complete the turn.",
            "text",
        )
    return written[: part.offset] + part.text
