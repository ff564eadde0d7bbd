"""Turns a record's current state into the row that the mirror appends."""

import json
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from analytics.search_text import search_text
from analytics.topics.key_phrases import RULE, topics
from analytics.warehouse.rows import ConversationRow, PreferencesRow, Row, SessionRow
from stores.branches import path, position
from stores.keys import (
    Key,
    conversation_key,
    erasure_key,
    profile_key,
    session_key,
    trash_key,
)
from stores.mirror_records import Change
from stores.ports import Position, Snapshot
from stores.records import Conversation, Profile, Record, Session


def keys(uid: str, change: Change) -> list[Key[Record]]:
    """The keys to read for `row`, in this order. The trash comes after the session's own place, because
    sessions move there. A turn's session determines whether the turn may be mirrored; the profile has the
    e-mail address. The erasure comes last, so that an erasure that has begun is seen."""
    owner: list[Key[Record]] = [profile_key(uid), erasure_key(uid)]
    if change.kind == "profile":
        return owner
    if change.kind == "session":
        return [*_session_keys(uid, change), *owner]
    turn = conversation_key(uid, change.session_id, change.conversation_id)
    return [turn, *_session_keys(uid, change), *owner]


def missed(uid: str, change: Change, found: Snapshot) -> Sequence[Key[Record]]:
    """The keys to read again for a turn whose session was in neither place because it moved meanwhile."""
    if change.kind != "conversation" or _turn(uid, change, found) is None:
        return ()
    return () if _session_of(uid, change, found) else _session_keys(uid, change)


def doubtful(uid: str, change: Change, found: Snapshot) -> Sequence[Key[Record]]:
    """The keys to read again for a turn that may have been read before its session: its state at the time the
    session was kept outranks earlier ones."""
    if change.kind != "conversation":
        return ()
    turn, session = _turn(uid, change, found), _session_of(uid, change, found)
    if turn is None or session is None or turn.update_time >= session.kept_at:
        return ()
    return (conversation_key(uid, change.session_id, change.conversation_id),)


def row(uid: str, change: Change, marked_at: int, found: Snapshot, exported_at: int) -> Row | None:
    """The latest version of the changed record, or a tombstone if it was not found.

    A record with the same ids but another `at` is a later one: the changed record is gone.

    A temporary session is not mirrored. A mark that names it comes from before it was temporary, or
    from an earlier session with its id. For users who are being erased the result is None.

    `found` has the `keys` of the change. `marked_at` is its mark's commit time in microseconds, which ranks a
    tombstone among the versions. The tombstone of a temporary session's record ranks by the session's own
    time: after all versions from before it was temporary, and before all versions from after it is kept.
    """
    erasure = found.get(erasure_key(uid))
    if erasure is not None and erasure.finished_at is None:
        return None
    session_now = None if change.kind == "profile" else _session_of(uid, change, found)
    if session_now is not None and session_now.temporary:
        return _tombstone(uid, change, session_now.update_time, exported_at)
    profile = found.get(profile_key(uid))
    email = profile.email if profile else None
    if change.kind == "profile":
        if profile is not None:
            return _preferences(uid, profile, exported_at)
    elif change.kind == "session":
        session = found.get(session_key(uid, change.session_id))
        if session is not None and session.created_at == change.at:
            return _session(uid, email, session, exported_at)
        trashed = found.get(trash_key(uid, change.session_id))
        if trashed is not None and trashed.created_at == change.at:
            return _trashed(uid, email, trashed, exported_at)
    else:
        turn = _turn(uid, change, found)
        if turn is not None and turn.timestamp == change.at:
            written = turn.update_time
            if session_now:
                if turn.grown_at is not None:
                    # A growing answer is written without its session, and isn't mirrored. A row must not
                    # outrank a change of the session.
                    written = min(written, session_now.update_time)
                written = max(written, session_now.kept_at)
            if turn.deleted_at is not None:
                return _tombstone(uid, change, written, exported_at)
            return _conversation(uid, email, turn, written, exported_at)
    return _tombstone(uid, change, marked_at, exported_at)


def text_size(row: Row) -> int:
    """How many bytes of text a row has, in UTF-8."""
    values = (getattr(row, field.name) for field in fields(row))
    return sum(
        len(value.encode(errors="surrogatepass")) for value in values if isinstance(value, str)
    )


def _session_keys(uid: str, change: Change) -> list[Key[Record]]:
    return [session_key(uid, change.session_id), trash_key(uid, change.session_id)]


def _session_of(uid: str, change: Change, found: Snapshot) -> Session | None:
    live = found.get(session_key(uid, change.session_id))
    return live or found.get(trash_key(uid, change.session_id))


def _turn(uid: str, change: Change, found: Snapshot) -> Conversation | None:
    return found.get(conversation_key(uid, change.session_id, change.conversation_id))


def _preferences(uid: str, profile: Profile, exported_at: int) -> PreferencesRow:
    return PreferencesRow(
        uid=uid,
        user_email=profile.email,
        change_seq=profile.update_time,
        exported_at=exported_at,
        created_at=profile.created_at,
        preferences=_json(profile.preferences.model_dump(exclude_defaults=True)),
        # Guests stored by an earlier release have one.
        user_key=None if profile.guest else profile.user_key or None,
        opted_in_at=profile.opted_in_at,
    )


def _session(uid: str, email: str | None, session: Session, exported_at: int) -> SessionRow:
    return SessionRow(
        uid=uid,
        user_email=email,
        change_seq=session.update_time,
        exported_at=exported_at,
        session_id=session.session_id,
        created_at=session.created_at,
        last_active=session.last_active,
        conversation_count=session.conversation_count,
        title=session.title,
        tags=_json(session.tags),
        preferences=_json(session.preferences.model_dump(exclude_defaults=True)),
        metadata=_json(session.metadata),
        status=session.status,
        search_text=search_text(session.custom_title),
        shown_path=shown_path(session),
    )


def _trashed(uid: str, email: str | None, session: Session, exported_at: int) -> SessionRow:
    shown = _session(uid, email, session, exported_at)
    return replace(shown, status="deleted", title=None, tags=None, metadata=None, search_text=None)


def _conversation(
    uid: str, email: str | None, turn: Conversation, written: int, exported_at: int
) -> ConversationRow:
    return ConversationRow(
        uid=uid,
        user_email=email,
        change_seq=written,
        exported_at=exported_at,
        session_id=turn.session_id,
        conversation_id=turn.conversation_id,
        timestamp=turn.timestamp,
        recorded_at=turn.recorded_at,
        query=turn.query,
        response=turn.response,
        response_time_ms=turn.response_time_ms,
        feedback_score=turn.feedback.score if turn.feedback else None,
        feedback_comment=turn.feedback.comment if turn.feedback else None,
        citations=_json(turn.citations),
        metadata=_json(turn.metadata),
        search_text=search_text(turn.query, turn.response),
        model=turn.model,
        input_tokens=turn.input_tokens,
        output_tokens=turn.output_tokens,
        finish_reason=turn.finish_reason,
        first_token_ms=turn.first_token_ms,
        branch_id=turn.branch or None,
        replaces_conversation_id=turn.replaces,
        path_position=None if turn.moved_to is None else position_text(position(turn)),
        topics=topics(turn.query),
        topics_rule=RULE if turn.query else None,
        answered=turn.answered,
        failed=turn.failed,
        failure=turn.failure,
        text_saved=turn.text_saved,
        judged_at=turn.judged_at,
        response_style=turn.response_style,
        language=turn.language,
    )


def shown_path(session: Session) -> str | None:
    """The ranges of the path that a session shows, in the form stored in its row."""
    if not session.branches:
        return None
    ranges = path(session, session.shown_branch)
    return " ".join(f"{position_text(part.after)}/{position_text(part.before)}" for part in ranges)


def position_text(at: Position) -> str:
    """A position as text that sorts like positions; the view builds the same text from timestamp and id."""
    return f"{at[0]:019}:{at[1]}"


def _tombstone(uid: str, change: Change, marked_at: int, exported_at: int) -> Row:
    gone: dict[str, Any] = {
        "uid": uid,
        "change_seq": marked_at,
        "deleted": True,
        "exported_at": exported_at,
    }
    if change.kind == "profile":
        return PreferencesRow(**gone, created_at=change.at)
    if change.kind == "session":
        return SessionRow(**gone, session_id=change.session_id, created_at=change.at)
    return ConversationRow(
        **gone,
        session_id=change.session_id,
        conversation_id=change.conversation_id,
        timestamp=change.at,
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
