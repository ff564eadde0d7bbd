"""Makes records from the contents of a file, within the limits that apply to all users."""

from collections.abc import Callable
from itertools import islice
from typing import Any

from resolvers.context import Context
from resolvers.conversations.answers import NOT_GROWING, Answer
from resolvers.conversations.recording import NewTurn, turn_fingerprint
from resolvers.errors import Refused
from resolvers.input_limits import (
    COMMENT_BYTES,
    ID,
    METADATA_BYTES,
    QUERY_BYTES,
    RESPONSE_BYTES,
    TAGS,
    TITLE_CHARACTERS,
    TOKEN_BYTES,
    TURN_BYTES,
    Checks,
    microseconds,
    moment,
)
from resolvers.preferences import patches
from resolvers.transfer.archive import ArchivedSession, ArchivedTurn
from resolvers.transfer.importing.readers.entries import Format
from resolvers.transfer.importing.report import Remark
from stores.choices import SessionPreferenceOverrides
from stores.records import Conversation, Feedback, Session


def session_ids(ctx: Context, form: Format, found: ArchivedSession) -> list[str]:
    """The ids that a session of the file may have here: it gets the first that is free or already its own.

    An archive's ids are kept; if another session has that id, the session gets one derived from it.
    """
    if form is not Format.RECOLLECT:
        return [ctx.digests.imported_id(ctx.uid, [form.value, found.id])]
    path = [form.value, found.id, found.created_at.isoformat()]
    made = ctx.digests.imported_id(ctx.uid, path)
    return [found.id, made] if ID.fullmatch(found.id) else [made]


def turn_id(ctx: Context, form: Format, found: ArchivedTurn) -> str:
    """The id that a turn of the file has here."""
    return local_id(ctx, form, found.session_id, found.id)


def local_id(ctx: Context, form: Format, session_id: str, found_id: str) -> str:
    """The id here of the turn that has this id in the file."""
    if form is Format.RECOLLECT and ID.fullmatch(found_id):
        return found_id
    return ctx.digests.imported_id(ctx.uid, [form.value, session_id, found_id])


def check_times(ctx: Context, found: ArchivedSession) -> None:
    """Raise `Refused` for a session with impossible times."""
    now = ctx.now()
    with Checks() as checks:
        checks.time(found.created_at, now, "createdAt")
        checks.time(found.last_active, now, "lastActive")
        checks.time(found.deleted_at, now, "deletedAt")


LANGUAGE_CHARACTERS = 35
TAGS_READ = 1000
"""The most tags of a session in a file that are checked to find the valid ones."""


def session_record(
    ctx: Context, form: Format, place: str, found: ArchivedSession, *, saved: bool
) -> tuple[Session, list[Remark]]:
    """A session as it will be created, without its id and server times, and what was left out of it
    for exceeding a limit. A title is shortened."""
    remarks: list[Remark] = []

    def fits(name: str, check: Callable[[Checks], None]) -> bool:
        try:
            with Checks() as checks:
                check(checks)
        except Refused as refused:
            said = " ".join(problem.message for problem in refused.problems)
            remarks.append(Remark(place, said, name))
            return False
        return True

    title, tags, metadata, overrides = found.title, found.tags, found.metadata, found.preferences
    answer_session = found.answer_session if saved else None
    if not fits("title", lambda checks: checks.characters(title, TITLE_CHARACTERS, "title")):
        title = _one_line(title)
    if not fits("tags", lambda checks: checks.tags(tags, "tags")):
        tags = list(islice(filter(_is_tag, tags[:TAGS_READ]), TAGS))
    if not fits("metadata", lambda checks: checks.json(metadata, dict, METADATA_BYTES, "metadata")):
        metadata = {}
    if not fits("answerSession", lambda checks: checks.text(answer_session, TOKEN_BYTES, "it")):
        answer_session = None
    chosen = overrides.model_dump(exclude_none=True)
    if not fits("preferences", lambda checks: patches.check(ctx.configuration, chosen)):
        overrides = SessionPreferenceOverrides()
    # Another system's title may come from the text that must not be kept.
    titled = saved or form is Format.RECOLLECT
    session = Session(
        session_id="",
        custom_title=title if titled else None,
        derived_title=_one_line(found.derived_title) if saved else None,
        created_at=microseconds(found.created_at),
        last_active=min(microseconds(found.last_active), ctx.now()),
        preferences=overrides,
        answer_session=answer_session,
        metadata=metadata,
        tags=tags,
        status=found.status,
        pinned=found.pinned,
        temporary=found.temporary,
        deleted_at=microseconds(found.deleted_at) if found.deleted_at else None,
        touched_at=0,
        oldest_turn_at=0,
    )
    return session, remarks


def turn_record(
    ctx: Context, found: ArchivedTurn, ids: tuple[str, str], recorded_at: int
) -> Conversation:
    """A turn with its session's id and its own; raises `Refused`."""
    answer = Answer(
        response=found.response,
        response_time_ms=found.response_time_ms,
        first_token_ms=found.first_token_ms,
        model=found.model,
        input_tokens=found.input_tokens,
        output_tokens=found.output_tokens,
        finish_reason=found.finish_reason,
        citations=list(found.citations),
        answer_token=found.answer_token,
    )
    comment = found.feedback.comment if found.feedback else None
    with Checks() as checks:
        if found.text_saved and found.query is None:
            checks.refuse("query is missing; a turn without one has textSaved: false.", "query")
        checks.text(found.query, QUERY_BYTES, "query", blank=False)
        answer.check(checks)
        answer.check_with(found.query, found.metadata, checks)
        checks.text(found.partial_response, RESPONSE_BYTES, "partialResponse")
        begun = {"query": found.query, "partialResponse": found.partial_response}
        checks.together(TURN_BYTES, {**begun, "metadata": found.metadata}, "partialResponse")
        checks.text(comment, COMMENT_BYTES, "feedback", "comment")
        checks.time(found.timestamp, ctx.now(), "timestamp")
        checks.time(found.judged_at, ctx.now(), "judgedAt")
        checks.characters(found.language, LANGUAGE_CHARACTERS, "language")
        checks.json(found.metadata, dict, METADATA_BYTES, "metadata")
    request = NewTurn(
        query=found.query or "",
        answer=answer,
        timestamp=found.timestamp,
        metadata=found.metadata,
    )
    turn = Conversation(
        session_id=ids[0],
        conversation_id=ids[1],
        query=found.query,
        **answer.fields(saved=True),
        **_begun(found),
        timestamp=microseconds(found.timestamp),
        recorded_at=recorded_at,
        feedback=found.feedback,
        judged_at=microseconds(found.judged_at) if found.judged_at else None,
        response_style=found.response_style,
        language=found.language,
        metadata=found.metadata,
        replaces=found.replaces if ID.fullmatch(found.replaces or "") else None,
        fingerprint=turn_fingerprint(ctx.digests, request),
    )
    if found.text_saved:
        return turn
    return without_text(turn).model_copy(update={"answered": found.answered})


def _begun(found: ArchivedTurn) -> dict[str, Any]:
    """The fields of an unfinished answer; here it counts as broken off or failed."""
    if found.answered or not (found.partial_response or found.failed):
        return {}
    return {
        "partial": found.partial_response or None,
        "grown_at": microseconds(found.timestamp),
        "failed": found.failed,
        "failure": found.failure if found.failed else None,
    }


def without_text(turn: Conversation) -> Conversation:
    """A turn as it is kept for a user who chose not to save conversations."""
    nothing: dict[str, Any] = {
        "query": None,
        "response": None,
        **({"partial": None} if turn.failed else NOT_GROWING),
        "citations": [],
        "metadata": {},
        "text_saved": False,
        "feedback": Feedback(score=turn.feedback.score) if turn.feedback else None,
    }
    return turn.model_copy(update=nothing)


def expires(ctx: Context, session: Session) -> str:
    """Why a session is no longer kept, and until when it would have been."""
    management = ctx.configuration.session_management
    if session.deleted_at is not None:
        return (
            f"It was deleted on {moment(session.deleted_at):%Y-%m-%d}, and the trash keeps "
            f"sessions for {management.trash_days} days only."
        )
    return f"A temporary session lives for {management.temporary_session_hours} hours only."


def _is_tag(tag: str) -> bool:
    try:
        with Checks() as checks:
            checks.tags([tag], "tags")
    except Refused:
        return False
    return True


def _one_line(title: str | None) -> str | None:
    """A title as one line, cut if it is too long."""
    if title is None:
        return None
    line = " ".join("".join(c if ord(c) >= 32 else " " for c in title).split())
    return (line if len(line) <= TITLE_CHARACTERS else f"{line[: TITLE_CHARACTERS - 1]}…") or None
