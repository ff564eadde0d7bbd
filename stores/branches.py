"""The positions of the turns of a session's branches in its one order, as known from its summary.

A line is a branch's own part: its first turn and the turns added to it. A path is a line preceded, before
each fork, by the lines that it comes from. See docs/adr/0015-branches-are-ranges-of-one-order.md.
"""

from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

from stores.ports import Position
from stores.records import BRANCH_PLACES, Branch, Conversation, Session


class Range(NamedTuple):
    """The part of a line that is on a path: strictly between two positions of the session's order."""

    after: Position
    before: Position
    turns: int | None
    """About how many turns there are, too many rather than too few; None if unknown."""


position: Callable[[Conversation], Position] = attrgetter("place", "conversation_id")
"""The position of a turn in the order of its session."""


def path(session: Session, number: int) -> Sequence[Range]:
    """The ranges of a branch's path, in the order of the path, which is also the order of their places."""
    return [*path_from_end(session, number)][::-1]


def path_from_end(session: Session, number: int, before: Position | None = None) -> Iterator[Range]:
    """The ranges of a branch's path that begin before a position, the last one first. Few callers need
    all of them."""
    known = {branch.number: branch for branch in session.branches}
    end: Position = (BRANCH_PLACES * (number + 1), "")
    branch = known.get(number)
    ends = depth(session, branch)
    while branch is not None and before is not None and BRANCH_PLACES * number > before[0]:
        end, ends, number = fork(branch), branch.depth, branch.parent
        branch = known.get(number)
    while branch is not None:
        yield Range((BRANCH_PLACES * number, ""), end, _between(branch.depth, ends))
        end, ends, number = fork(branch), branch.depth, branch.parent
        branch = known.get(number)
    yield Range((BRANCH_PLACES * number, ""), end, _between(0, ends))


def on_path(session: Session, number: int, at: Position) -> bool:
    """Whether a position is on the path of a branch."""
    line = next(each for each in path_from_end(session, number) if at >= each.after)
    return at < line.before


def _between(begins: int | None, ends: int | None) -> int | None:
    return None if begins is None or ends is None else max(0, ends - begins)


def depth(session: Session, branch: Branch | None) -> int | None:
    """About how many turns the path of a branch has."""
    if branch is None:
        return session.conversation_count
    if branch.depth is None:
        return None
    return branch.depth + 1 + max(0, session.conversation_count - branch.since)


def fork(branch: Branch) -> Position:
    """The position in its parent's line at which a branch forks."""
    return branch.at, branch.at_id
