"""From a record, as the store has it now, to the row the mirror appends."""

import json
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from analytics.search_text import search_text
from analytics.warehouse.rows import ConversationRow, PreferencesRow, Row, SessionRow
from stores.keys import (
    Key,
    conversation_key,
    erasure_key,
    profile_key,
    session_key,
    trash_key,
)
from stores.ports import Snapshot
from stores.records import Change, Conversation, Profile, Record, Session


def keys(uid: str, change: Change) -> list[Key[Record]]:
    """What to read for `row`, in this order: a session is looked for in the trash after its place,
    because it moves there; a turn's session says whether it may be mirrored, the profile has the
    e-mail, and an erasure that began is seen last."""
    owner: list[Key[Record]] = [profile_key(uid), erasure_key(uid)]
    if change.kind == "profile":
        return owner
    if change.kind == "session":
        return [*_places(uid, change), *owner]
    turn = conversation_key(uid, change.session_id, change.conversation_id)
    return [turn, *_places(uid, change), *owner]


def missed(uid: str, change: Change, found: Snapshot) -> Sequence[Key[Record]]:
    """Where a turn's session is to be looked for again: it was in neither place, because it moved
    while they were read."""
    if change.kind != "conversation" or _turn(uid, change, found) is None:
        return ()
    return () if _session_of(uid, change, found) else _places(uid, change)


def doubtful(uid: str, change: Change, found: Snapshot) -> Sequence[Key[Record]]:
    """A turn that is to be read again: what it was when its session was kept outranks what it was
    before, and it may have been read before the session was."""
    if change.kind != "conversation":
        return ()
    turn, session = _turn(uid, change, found), _session_of(uid, change, found)
    if turn is None or session is None or turn.update_time >= session.kept_at:
        return ()
    return (conversation_key(uid, change.session_id, change.conversation_id),)


def row(uid: str, change: Change, marked_at: int, found: Snapshot, exported_at: int) -> Row | None:
    """The latest version of what changed, or a tombstone if it is in nothing that was read.

    A record under the same ids that has another `at` is a later one: the one that changed is gone.

    A temporary session is not mirrored: a mark that names it is of what it was before, or of an
    earlier session under its id. None for users who are being erased.

    `found` has the `keys` of the change; `marked_at` is its mark's commit time in microseconds, the
    place of a tombstone among the versions. That of a temporary session's record is the session's
    own: after all versions from before, and before all that come once it is kept.
    """
    erasure = found.get(erasure_key(uid))
    if erasure is not None and erasure.finished_at is None:
        return None
    place = None if change.kind == "profile" else _session_of(uid, change, found)
    if place is not None and place.temporary:
        return _tombstone(uid, change, place.update_time, exported_at)
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
            written = max(turn.update_time, place.kept_at if place else 0)
            if turn.deleted_at is not None:
                return _tombstone(uid, change, written, exported_at)
            return _conversation(uid, email, turn, written, exported_at)
    return _tombstone(uid, change, marked_at, exported_at)


def text_size(row: Row) -> int:
    """How many bytes of text a row holds, in UTF-8."""
    values = (getattr(row, field.name) for field in fields(row))
    return sum(
        len(value.encode(errors="surrogatepass")) for value in values if isinstance(value, str)
    )


def _places(uid: str, change: Change) -> list[Key[Record]]:
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
        # Guests that an earlier release knew have one.
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
    )


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
