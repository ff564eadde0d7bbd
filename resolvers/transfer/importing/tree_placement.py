"""Puts the turns of a file into the tree of their session: in lines, and beside each other."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from resolvers.context import Context
from resolvers.errors import Refused
from resolvers.sessions.branches import next_of_line, opened, shows
from stores.branches import position
from stores.ports import Position
from stores.records import BRANCH_PLACES, Conversation, Session


def without_content(turn: Conversation) -> Conversation:
    """The part of a turn that is needed in order to place others."""
    nothing: dict[str, Any] = {
        "query": None,
        "response": None,
        "citations": [],
        "metadata": {},
        "feedback": None,
    }
    return turn.model_copy(update=nothing)


@dataclass(slots=True)
class Placing:
    """The tree of a session while turns of a file are put into it."""

    session: Session
    known: dict[str, Conversation]
    """The turns of the file so far, by id."""
    previous: str | None
    """The id of the last turn that was taken."""
    stored: Mapping[str | None, Conversation | None] = field(default_factory=dict)
    """For turns after which others may be placed: the next turn of the line in the store."""

    def take(self, turn: Conversation) -> None:
        """Note a turn that already exists."""
        self.known[turn.conversation_id] = without_content(turn)
        self.previous = turn.conversation_id

    def put(
        self, turn: Conversation, after: str | None, *, begins: bool, shown: bool
    ) -> Conversation | None:
        """The turn in its place; None if the session can't have another branch, or the turn that it follows
        is not here. If a turn is `shown` in the file, its path is shown from then on."""
        before = after if begins else self.previous
        if before is not None and before not in self.known:
            return None
        least = self.known[before] if before else None
        line, depth, replaced = (least.branch if least else 0), _depth(least), None
        beside = self._following(before)
        if beside is not None:
            replaced = beside.conversation_id
            try:
                branches = opened(self.session, beside, turn.conversation_id)
            except Refused:
                return None
            line = branches[-1].number
            self.session = self.session.model_copy(update={"branches": branches})
        lowest = least.place % BRANCH_PLACES + 1 if least else 0
        place = BRANCH_PLACES * line + max(lowest, turn.timestamp)
        moved_to = None if place == turn.timestamp else place
        update = {"moved_to": moved_to, "depth": depth, "replaces": turn.replaces or replaced}
        placed = turn.model_copy(update=update)
        self.take(placed)
        follows = shown and not shows(self.session, self.session.shown_branch, placed)
        changed = {
            "last_position": max(self.session.last_position, place % BRANCH_PLACES),
            **({"shown_branch": line} if follows else {}),
        }
        self.session = self.session.model_copy(update=changed)
        return placed

    def _following(self, before: str | None) -> Conversation | None:
        """The turn right after another in its line; without one, the first turn of the first line."""
        at: Position = position(self.known[before]) if before else (0, "")
        line = at[0] // BRANCH_PLACES
        later: Iterable[Conversation | None] = (*self.known.values(), self.stored.get(before))
        found = [turn for turn in later if turn and turn.branch == line and position(turn) > at]
        return min(found, key=position, default=None)


def _depth(before: Conversation | None) -> int | None:
    if before is None:
        return 0
    return None if before.depth is None else before.depth + 1


async def stored_next(
    ctx: Context, session: Session, known: Mapping[str, Conversation], after: Iterable[str | None]
) -> dict[str | None, Conversation | None]:
    """For each of these turns, the next turn of its line in the store."""
    first = Conversation(
        session_id=session.session_id, conversation_id="", timestamp=0, recorded_at=0
    )
    return {
        each: await next_of_line(
            ctx, known[each] if each else first, lambda turn: turn.deleted_at is None
        )
        for each in dict.fromkeys(after)
        if each is None or each in known
    }
