"""Where the turns of a session's branches are in its one order, as its summary knows it.

A line is what a branch has of its own: its first turn and what was added to it. A path is a line and,
before each fork, the lines that it comes from. See docs/adr/0015-branches-are-ranges-of-one-order.md.
"""

from dataclasses import dataclass

from stores.ports import Position
from stores.records import BRANCH_PLACES, Branch, Conversation, Session


@dataclass(frozen=True, slots=True)
class Range:
    """The part of a line that is on a path: strictly between two positions of the session's order."""

    after: Position
    before: Position
    turns: int | None
    """About how many there are, too many rather than too few; None if that is not known."""


def position(turn: Conversation) -> Position:
    """Where a turn is in the order of its session."""
    return turn.place, turn.conversation_id


def path(session: Session, number: int) -> list[Range]:
    """The ranges of a branch's path, in the order of the path, which is also that of their places."""
    known = {branch.number: branch for branch in session.branches}
    ranges: list[Range] = []
    before: Position = (BRANCH_PLACES * (number + 1), "")
    branch = known.get(number)
    ends = depth(session, branch)
    while branch is not None:
        ranges.append(_range(branch.number, before, branch.depth, ends))
        before, ends = fork(branch), branch.depth
        number, branch = branch.parent, known.get(branch.parent)
    ranges.append(_range(number, before, 0, ends))
    return ranges[::-1]


def _range(number: int, before: Position, begins: int | None, ends: int | None) -> Range:
    turns = None if begins is None or ends is None else max(0, ends - begins)
    return Range((BRANCH_PLACES * number, ""), before, turns)


def depth(session: Session, branch: Branch | None) -> int | None:
    """About how many turns the path of a branch has."""
    if branch is None:
        return session.conversation_count
    if branch.depth is None:
        return None
    return branch.depth + 1 + max(0, session.conversation_count - branch.since)


def fork(branch: Branch) -> Position:
    """Where a branch forks, in its parent's line."""
    return branch.at, branch.at_id
