"""What the mirror has not confirmed yet: exactly the records named by the user's export marks, and by the
dead letters that marks turn into."""

from dataclasses import dataclass

from analytics.search import Position
from analytics.unreadable_records import readable_records
from resolvers.context import Context

MARKS = 500


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """The positions of records that the mirror may lack, or may have in an earlier state."""

    positions: frozenset[Position]
    complete: bool
    """False if there may be others: more marks are waiting than are read, or the turns of a kept
    session are waiting, or a mark can't be read."""


async def unconfirmed(ctx: Context) -> Unconfirmed:
    """The records that the mirror has not confirmed. Query the warehouse only after this. Marks are read
    before dead letters, so that a record that moves on in between is found twice but never missed."""
    marks = await ctx.store.list_marks(ctx.uid, MARKS + 1)
    letters = await ctx.store.list_dead_letters(ctx.uid, MARKS + 1)
    known_marks, known_letters = readable_records(marks[:MARKS]), readable_records(letters[:MARKS])
    waiting = [change for mark in known_marks for change in mark.changes]
    waiting += [letter.change for letter in known_letters]
    return Unconfirmed(
        frozenset(
            (change.at, change.session_id, change.conversation_id)
            for change in waiting
            if change.kind != "profile"
        ),
        complete=len(known_marks) == len(marks)
        and len(known_letters) == len(letters)
        and all(change.kind != "subtree" or change.forget for change in waiting),
    )
