"""Removes expired turns, and whole sessions, page by page.

Each page is checked and counted under lock, so that two sweeps, or a sweep and a user, never remove
anything twice or anything that must be kept. A sweep finds removals that stopped half way.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from resolvers.context import Context
from resolvers.digests import new_id
from resolvers.lifetimes import REMOVALS_KEPT
from resolvers.sessions.branches import matters, next_of_line, tree_fields, without
from resolvers.sessions.sessions import changes, limits
from resolvers.sessions.storage import growing_size, stored_size
from stores.branches import position
from stores.errors import RecordChanged
from stores.keys import (
    Key,
    conversation_key,
    profile_key,
    removal_key,
    removals_of,
    session_key,
    trash_key,
)
from stores.ports import Create, Delete, Snapshot, Update, Window, Write
from stores.records import Conversation, Removal, Session

REMOVALS = 100
TURNS = 25
SIZE = 4 * 1024 * 1024
"""Limits of one transaction, which reads the turns under lock: this many turns, or bytes of memory."""


def _session_key(ctx: Context, session: Session) -> Key[Session]:
    key = session_key if session.deleted_at is None else trash_key
    return key(ctx.uid, session.session_id)


async def _oldest(ctx: Context, session: Session) -> Sequence[Conversation]:
    """The oldest turns of a session, by when they were recorded."""
    found = await ctx.store.take_conversations(
        ctx.uid, session.session_id, Window(TURNS), SIZE, "recorded_at"
    )
    return found.records


async def _remove(
    ctx: Context,
    summary: Key[Session],
    turns: Sequence[Conversation],
    still_due: Callable[[Session], bool],
    values: Callable[[Session], Mapping[str, Any]],
) -> int:
    """Remove turns and subtract them from their session's counter; returns how many were removed.

    `values` returns fields of the session to set in the same commit; None removes a field. Raises
    `RecordChanged` if the session is gone, or `still_due` says that it must no longer be touched.
    """
    keys = [conversation_key(ctx.uid, turn.session_id, turn.conversation_id) for turn in turns]
    owner = profile_key(ctx.uid)
    removed: list[Conversation] = []

    def plan(snapshot: Snapshot) -> Sequence[Write]:
        session = snapshot.get(summary)
        if session is None or not still_due(session):
            raise RecordChanged("the session has changed")
        removed[:] = [turn for key in keys if (turn := snapshot.get(key)) is not None]
        counted = sum(turn.deleted_at is None for turn in removed)
        growing = sum(map(growing_size, removed))
        chosen = values(session)
        mirrored = changes(session, *removed, untitled="derived_title" in chosen, gone=True)
        return [
            Update(
                summary,
                set={name: value for name, value in chosen.items() if value is not None},
                unset=[name for name, value in chosen.items() if value is None],
                increase={
                    "stored_bytes": -sum(map(stored_size, removed)),
                    **({"conversation_count": -counted} if counted else {}),
                },
            ),
            *(
                Delete(conversation_key(ctx.uid, turn.session_id, turn.conversation_id))
                for turn in removed
            ),
            *([Update(owner, increase={"growing_bytes": -growing})] if growing else []),
            *([ctx.mark(mirrored)] if mirrored else []),
        ]

    await ctx.transact([summary, *keys], plan)
    return len(removed)


async def expire(ctx: Context, session: Session, before: int) -> int:
    """Remove the turns of a session that were recorded before `before`; returns how many.

    Raises `RecordChanged` if the session was moved meanwhile.
    """
    summary = _session_key(ctx, session)
    total = 0
    while True:
        turns = await _oldest(ctx, session)
        gone = [turn for turn in turns if turn.recorded_at < before]
        oldest = turns[min(len(gone), len(turns) - 1)].recorded_at if turns else ctx.now()

        tree = await _tree_without(ctx, summary, gone, before)

        def values(
            left: Session, oldest: int = oldest, tree: Session | None = tree
        ) -> Mapping[str, Any]:
            stale = left.derived_title is not None and left.title_from < before
            untitled = {"derived_title": None, "title_from": 0} if stale else {}
            planted = tree_fields(left, tree) if tree else {}
            return {"oldest_turn_at": oldest, **untitled, **planted}

        def still_due(left: Session, tree: Session | None = tree) -> bool:
            # If a branch was opened meanwhile, the tree has changed.
            return tree is None or left.update_time == tree.update_time

        total += await _remove(ctx, summary, gone, still_due, values)
        if not turns or len(gone) < len(turns):
            return total


async def _tree_without(
    ctx: Context, summary: Key[Session], gone: Sequence[Conversation], before: int
) -> Session | None:
    """The session with its branches after turns are gone; None if it has no branches."""
    session = (await ctx.store.get([summary])).get(summary)
    if session is None or not session.branches:
        return None
    for turn in sorted(gone, key=position, reverse=True):
        if matters(session, turn):
            following = await next_of_line(
                ctx, turn, lambda each: each.deleted_at is None and each.recorded_at >= before
            )
            session = without(session, turn, following)
    return session


async def purge(ctx: Context, session: Session) -> int:
    """Remove an expired session with all its turns, and leave a removal note; returns 1.

    Raises `RecordChanged` if it must be kept after all: it was used or restored, or is now kept for
    longer, or a turn was added at the last moment.
    """
    summary, owner = _session_key(ctx, session), profile_key(ctx.uid)
    current = await ctx.store.get([owner, summary])
    until = limits(ctx, current.get(owner))

    def still_due(left: Session) -> bool:
        return left.temporary == session.temporary and not until.keeps(left)

    while turns := await _oldest(ctx, session):
        await _remove(ctx, summary, turns, still_due, lambda left: {})
        current = await ctx.store.get([summary])
    last = current.get(summary)

    def plan(snapshot: Snapshot) -> Sequence[Write]:
        left = snapshot.get(summary)
        # Appending a turn changes the session, so none was appended after `last`.
        if left is None or left != last or not still_due(left):
            raise RecordChanged("the session has changed")
        removal = Removal(session_id=left.session_id, removed_at=ctx.now())
        gone: list[Write] = [Delete(summary), Create(removal_key(ctx.uid, new_id()), removal)]
        if not left.temporary:
            status = left.status if left.deleted_at is None else "trash"
            gone.append(Update(owner, increase={f"{status}_count": -1}))
        mirrored = changes(left, untitled=True)
        return [*gone, *([ctx.mark(mirrored)] if mirrored else [])]

    await ctx.transact([summary], plan)
    return 1


async def forget_removals(ctx: Context) -> None:
    """Remove the notes of sessions that were purged so long ago that no client needs them any more."""
    old = ctx.now() - REMOVALS_KEPT
    while True:
        oldest = await ctx.store.list_changed(removals_of(ctx.uid), Window(REMOVALS))
        gone = [changed.at[1] for changed in oldest if changed.record.removed_at < old]
        await ctx.store.commit([Delete(removal_key(ctx.uid, removal)) for removal in gone])
        if len(gone) < REMOVALS:
            return
