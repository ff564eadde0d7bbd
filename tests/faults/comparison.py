"""The rows that the three views should show for given records, and how the shown rows differ.

Written from the documented columns of the views, not with the code that fills them, except for the topics.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from pydantic import BaseModel

from analytics.topics.key_phrases import topics
from stores.records import BRANCH_PLACES, Conversation, Profile, Session

ViewKey: TypeAlias = tuple[str, ...]
"""The view, and the ids of the record that a row describes."""
View: TypeAlias = dict[ViewKey, dict[str, Any]]

IDS = {
    "user_preferences": ("uid",),
    "user_sessions": ("uid", "session_id"),
    "conversation_history": ("uid", "session_id", "conversation_id"),
}
JSON_COLUMNS = {"preferences", "metadata", "tags", "citations"}


@dataclass(frozen=True, eq=False)
class AtMost:
    """Equal to every value up to a limit: an incomplete answer grows without a mark, so its row may lag."""

    limit: int | datetime

    def __eq__(self, other: object) -> bool:
        if isinstance(self.limit, datetime):
            return isinstance(other, datetime) and other <= self.limit
        return isinstance(other, int) and other <= self.limit


def moment(micros: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)


def expected(
    uid: str,
    profile: Profile | None,
    live: Iterable[Session],
    trash: Iterable[Session],
    turns: Iterable[Conversation],
) -> View:
    """A user's records as the views should show them. `turns` may be of any session."""
    view: View = {}
    email = profile.email if profile else None
    if profile is not None:
        view["user_preferences", uid] = {
            "uid": uid,
            "user_email": email,
            "preferences": chosen(profile.preferences),
            "created_at": moment(profile.created_at),
            "change_seq": profile.update_time,
            "user_key": profile.user_key or None,
            "opted_in_at": moment(profile.opted_in_at) if profile.opted_in_at else None,
        }
    kept = {session.session_id: session for session in live if not session.temporary}
    for session in kept.values():
        view["user_sessions", uid, session.session_id] = _session(uid, email, session) | {
            "title": session.custom_title or session.derived_title,
            "tags": session.tags,
            "metadata": session.metadata,
            "status": session.status,
        }
    for session in trash:
        if not session.temporary:
            view["user_sessions", uid, session.session_id] = _session(uid, email, session) | {
                "title": None,
                "tags": None,
                "metadata": None,
                "status": "deleted",
            }
    for turn in turns:
        if turn.session_id in kept and turn.deleted_at is None:
            key = ("conversation_history", uid, turn.session_id, turn.conversation_id)
            latest = max(turn.update_time, kept[turn.session_id].kept_at)
            view[key] = _turn(uid, email, turn) | {
                "change_seq": latest if turn.grown_at is None else AtMost(latest),
                "updated_at": moment(latest) if turn.grown_at is None else AtMost(moment(latest)),
                "on_shown_path": _on_path(kept[turn.session_id], turn),
            }
    return view


def _session(uid: str, email: str | None, session: Session) -> dict[str, Any]:
    return {
        "uid": uid,
        "user_email": email,
        "session_id": session.session_id,
        "created_at": moment(session.created_at),
        "last_active": moment(session.last_active),
        "conversation_count": session.conversation_count,
        "preferences": chosen(session.preferences),
        "change_seq": session.update_time,
    }


def _turn(uid: str, email: str | None, turn: Conversation) -> dict[str, Any]:
    feedback = turn.feedback
    return {
        "uid": uid,
        "user_email": email,
        "session_id": turn.session_id,
        "conversation_id": turn.conversation_id,
        "timestamp": moment(turn.timestamp),
        "recorded_at": moment(turn.recorded_at),
        "query": turn.query,
        "response": turn.response,
        "response_time_ms": turn.response_time_ms,
        "feedback_score": feedback.score if feedback else None,
        "feedback_comment": feedback.comment if feedback else None,
        "citations": turn.citations,
        "metadata": turn.metadata,
        "model": turn.model,
        "input_tokens": turn.input_tokens,
        "output_tokens": turn.output_tokens,
        "finish_reason": turn.finish_reason,
        "first_token_ms": turn.first_token_ms,
        "branch_id": turn.branch,
        "replaces_conversation_id": turn.replaces,
        "topics": list(topics(turn.query)),
        "answered": turn.answered,
        "failed": turn.failed,
        "failure": turn.failure,
        "text_saved": turn.text_saved,
        "judged_at": None if turn.judged_at is None else moment(turn.judged_at),
        "response_style": turn.response_style,
        "language": turn.language,
    }


def _on_path(session: Session, turn: Conversation) -> bool:
    """Whether a turn is on the path that ends with the shown branch."""
    branches = {branch.number: branch for branch in session.branches}
    number = session.shown_branch
    before = (BRANCH_PLACES * (number + 1), "")
    while number != turn.branch and number in branches:
        branch = branches[number]
        number, before = branch.parent, (branch.at, branch.at_id)
    return number == turn.branch and (turn.place, turn.conversation_id) < before


def chosen(choices: BaseModel) -> dict[str, Any]:
    """The choices that a user made, without the unset fields."""
    made = {}
    for name, value in choices.model_dump(exclude_none=True).items():
        if value != {}:
            made[name] = value
    return made


def as_view(name: str, rows: Sequence[Mapping[str, Any]]) -> View:
    """The rows of a view by key; fails if two rows have the same key."""
    view: View = {}
    for row in rows:
        key = (name, *(row[column] for column in IDS[name]))
        assert key not in view, f"{key} is shown twice"
        view[key] = {column: _plain(column, value) for column, value in row.items()}
    return view


def _plain(column: str, value: Any) -> Any:
    if column in JSON_COLUMNS and isinstance(value, str):
        return json.loads(value)
    # DuckDB gives no zone for a time that a view computes; all are in UTC.
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value


def differences(wanted: View, shown: View) -> list[str]:
    """The missing, extra and different rows, one per line."""
    lines = [f"missing: {key}" for key in sorted(wanted.keys() - shown.keys())]
    lines += [f"extra: {key}" for key in sorted(shown.keys() - wanted.keys())]
    for key in sorted(wanted.keys() & shown.keys()):
        columns = wanted[key].keys() | shown[key].keys()
        lines += [
            f"different: {key} {column} is {shown[key].get(column)!r}, "
            f"should be {wanted[key].get(column)!r}"
            for column in sorted(columns)
            if shown[key].get(column) != wanted[key].get(column)
        ]
    return lines
