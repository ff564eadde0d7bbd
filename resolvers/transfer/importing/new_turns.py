"""The outcome of each turn of a batch: added, completed, already here or left out."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from resolvers.conversations.answers import ANSWER_ORIGIN, NOT_GROWING
from resolvers.sessions.sessions import limits
from resolvers.sessions.storage import growing_size
from resolvers.transfer.archive import ArchivedTurn
from resolvers.transfer.importing.readers.entries import Omitted
from resolvers.transfer.importing.records import (
    turn_record,
    without_text,
)
from resolvers.transfer.importing.report import Outcome, Remark
from resolvers.transfer.importing.state import Import
from resolvers.transfer.importing.tree_placement import Placing
from stores.keys import conversation_key
from stores.ports import Snapshot, Update
from stores.records import Conversation, Profile

_ANSWER = ("answered", "response", "response_time_ms", *ANSWER_ORIGIN, "citations", "answer_token")
_NO_BRANCH = (
    "The turn is on another branch, and the session has the most branches that it can have, or what "
    "comes before the turn is not here; it was left out."
)
_DIFFERENT = "The turn is here with another answer, which stays; that of the file was left out."


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of the file that is within the limits, and its id here."""

    place: str
    found: ArchivedTurn
    id: str
    size: int
    after: str | None = None
    """The id here of the turn that it follows, if it begins a branch; None for the start."""
    begins: bool = False
    """Whether it begins a branch, because another turn follows the same one."""
    shown: bool = False
    """Whether it is on the line that the file shows."""
    beside: Sequence[str] = ()
    """Only for the session's first turn in the file: the ids here of the turns that stand beside it, if they
    are known before they are read."""


@dataclass(slots=True)
class NewTurns:
    """The outcome of the turns of a batch."""

    outcomes: list[Outcome] = field(default_factory=list)
    added: list[Conversation] = field(default_factory=list)
    answered: list[Conversation] = field(default_factory=list)
    """Existing turns that get their answer, in their state after that."""
    completions: list[Update] = field(default_factory=list)
    ended: int = 0
    """By how much these turns change the bytes of growing answers."""
    remarks: list[tuple[Omitted | None, Remark]] = field(default_factory=list)


def new_turns(
    work: Import,
    session_id: str,
    snapshot: Snapshot,
    turns: Sequence[Turn],
    profile: Profile | None,
    placing: Placing,
    *,
    saved: bool,
) -> NewTurns:
    """The turns that are not here yet, and the missing answers of those that are."""
    new = NewTurns()
    shows = limits(work.ctx, profile).shows
    for turn in turns:
        key = conversation_key(work.ctx.uid, session_id, turn.id)
        existing = snapshot.get(key)
        record = turn_record(work.ctx, turn.found, (session_id, turn.id), work.tick())
        if existing is None:
            placed = placing.put(record, turn.after, begins=turn.begins, shown=turn.shown)
            if placed is None:
                new.outcomes.append(Outcome.REFUSED)
                new.remarks.append((Omitted.OTHER_BRANCH, Remark(turn.place, _NO_BRANCH)))
                continue
            new.added.append(placed if saved else without_text(placed))
            new.outcomes.append(Outcome.ADDED)
            continue
        placing.take(existing)
        new.outcomes.append(Outcome.PRESENT if shows(existing) else Outcome.DELETED)
        if not shows(existing) or not record.answered:
            continue
        if not existing.answered:
            kept = record if saved and existing.text_saved else without_text(record)
            fields = {**{name: getattr(kept, name) for name in _ANSWER}, **NOT_GROWING}
            new.answered.append(existing.model_copy(update=fields))
            new.completions.append(
                Update(
                    key,
                    set={name: value for name, value in fields.items() if value is not None},
                    unset=[name for name in NOT_GROWING if fields[name] is None],
                    unchanged_since=existing.update_time,
                )
            )
            new.ended -= growing_size(existing)
        elif saved and existing.text_saved and existing.response != record.response:
            remark = Remark(turn.place, _DIFFERENT, "response")
            new.remarks.append((Omitted.DIFFERENT_ANSWER, remark))
    return new
