"""The tree of a session's turns, as known from its summary, without reading a turn.

A line is a branch's own part: its first turn and the turns added to it. A path is a line preceded, before
each fork, by the lines that it comes from. See docs/adr/0015-branches-are-ranges-of-one-order.md.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from resolvers.context import Context
from resolvers.errors import Code, Problem, Refused
from stores.branches import depth, fork, on_path, position
from stores.ports import Position, Window
from stores.records import BRANCH_PLACES, BRANCHES, Branch, Conversation, Session

NEXT = 10
"""Turns that are read at a time to find one that is shown."""


def shows(session: Session, number: int, turn: Conversation) -> bool:
    """Whether a turn is on the path of a branch."""
    return on_path(session, number, position(turn))


def beside(session: Session) -> Mapping[str, Sequence[str]]:
    """For each turn with others beside it, the ids of all of them, oldest line first."""
    if not session.branches:
        return {}
    groups: dict[Position, list[str]] = {}
    for branch in session.branches:
        ids = groups.setdefault(fork(branch), [branch.beside] if branch.beside else [])
        if branch.first:
            ids.append(branch.first)
    return {each: ids for ids in groups.values() if len(ids) > 1 for each in ids}


def place_after(session: Session | None, number: int, timestamp: int) -> int:
    """The place at the end of a branch for a turn of this time."""
    least = session.last_position + 1 if session else 0
    return BRANCH_PLACES * number + max(least, timestamp)


def depth_of_next(session: Session, number: int) -> int | None:
    """About how many turns precede one that is added to a branch."""
    known = {branch.number: branch for branch in session.branches}
    return depth(session, known.get(number))


def opened(session: Session, replaced: Conversation, first: str) -> list[Branch]:
    """The branches plus one more, which begins beside a turn. Raises `Refused` at the limit."""
    if len(session.branches) >= BRANCHES:
        raise Refused(
            Problem(
                Code.LIMIT_EXCEEDED,
                f"The session has {BRANCHES} branches, the most there can be; record the turn without "
                "place.replaces, or in a new session.",
                ("place", "replaces"),
            )
        )
    replaced_id = replaced.conversation_id
    among = _group(session, replaced_id)
    new = Branch(
        number=len(session.branches) + 1,
        parent=among.parent if among else replaced.branch,
        at=among.at if among else replaced.place,
        at_id=among.at_id if among else replaced_id,
        beside=among.beside if among else replaced_id,
        first=first,
        depth=among.depth if among else replaced.depth,
        since=session.conversation_count + 1,
    )
    return [*session.branches, new]


def continued(session: Session, number: int, turn_id: str) -> list[Branch]:
    """The branches after a turn was added to the end of a line, which may have been empty."""
    return [
        branch.model_copy(
            update={
                **({"first": turn_id} if branch.number == number and not branch.first else {}),
                **({"beside": turn_id} if branch.parent == number and not branch.beside else {}),
            }
        )
        for branch in session.branches
    ]


def through(session: Session, turn: Conversation) -> int:
    """The branch to show so that a turn is on the shown path: the one that is shown, if the turn is on its
    path; otherwise the newest."""
    if shows(session, session.shown_branch, turn):
        return session.shown_branch
    return _newest(session, turn.branch, position(turn))


def matters(session: Session, turn: Conversation) -> bool:
    """Whether the tree changes when a turn is removed: others stand beside it, or once did, or the turn after
    it is on another line."""
    return _group(session, turn.conversation_id) is not None or bool(_after(session, turn, None))


def without(session: Session, gone: Conversation, following: Conversation | None) -> Session:
    """The session's tree after a turn is gone; `following` is the next turn of its line.

    The turns right after the removed one now follow the turn before it, beside those that stood beside it.
    """
    gone_id, number = gone.conversation_id, gone.branch
    among, after = _group(session, gone_id), _after(session, gone, following)
    branches = session.branches
    if among is not None:
        next_id = following.conversation_id if following else None
        shared = {"parent": among.parent, "at": among.at, "at_id": among.at_id}
        shared |= {"beside": next_id if among.beside == gone_id else among.beside}
        branches = [
            branch.model_copy(
                update={
                    **({"first": next_id} if branch.first == gone_id else {}),
                    **(shared if fork(branch) == fork(among) else {}),
                    **(shared | {"depth": among.depth} if branch.number in after else {}),
                }
            )
            for branch in branches
        ]
    elif after:
        among = next(branch for branch in branches if branch.number in after)
    left = session.model_copy(update={"branches": branches})
    if among is not None and following is None and session.shown_branch == number:
        return left.model_copy(update={"shown_branch": _instead(left, number, among)})
    return left


def _after(session: Session, turn: Conversation, following: Conversation | None) -> set[int]:
    """The branches that begin right after a turn: beside the next turn of its line, if there is one."""
    return {
        branch.number
        for branch in session.branches
        if branch.parent == turn.branch
        and position(turn) < fork(branch)
        and (branch.beside is None if following is None else fork(branch) <= position(following))
    }


def _instead(session: Session, number: int, among: Branch) -> int:
    """The branch to show once a line of a group is empty: the newest one through the nearest other line."""
    start = fork(among)
    starts: dict[int, Position] = {}
    for branch in session.branches:
        if fork(branch) == start:
            if branch.beside:
                starts[branch.parent] = start
            if branch.first:
                starts[branch.number] = (BRANCH_PLACES * branch.number, "")
    if not starts:
        return number
    nearest = max((each for each in starts if each < number), default=min(starts))
    return _newest(session, nearest, starts[nearest])


def _newest(session: Session, number: int, at: Position) -> int:
    """The newest branch whose path has a position, among `number` and the branches that are not empty."""
    lines = [branch.number for branch in session.branches if branch.first]
    return max(each for each in (number, *lines) if on_path(session, each, at))


def tree_fields(before: Session, after: Session) -> dict[str, Any]:
    """The stored fields of a session in which its tree has changed."""
    fields = ("branches", "shown_branch")
    changed = {name for name in fields if getattr(before, name) != getattr(after, name)}
    return after.model_dump(include=changed) if changed else {}


async def next_of_line(
    ctx: Context, turn: Conversation, shows: Callable[[Conversation], bool]
) -> Conversation | None:
    """The next turn of the same line that is shown."""
    part = Window(NEXT, after=position(turn), before=(BRANCH_PLACES * (turn.branch + 1), ""))
    while True:
        found = await ctx.store.list_conversations(ctx.uid, turn.session_id, part)
        following = next(filter(shows, found), None)
        if following is not None or len(found) < NEXT:
            return following
        part = replace(part, after=position(found[-1]))


def _group(session: Session, turn_id: str) -> Branch | None:
    """A branch of the group that a turn belongs to, if others stand beside it or once did."""
    return next((each for each in session.branches if turn_id in (each.first, each.beside)), None)
