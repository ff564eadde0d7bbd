"""What the mirror has not confirmed yet: exactly what the user's export marks name, and the dead letters
that marks turn into."""

from dataclasses import dataclass

from analytics.search import Position
from analytics.unreadable_records import readable_records
from resolvers.context import Context

MARKS = 500


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """The positions of records that the mirror may not have, or has in an earlier state."""

    positions: frozenset[Position]
    complete: bool
    """False if there may be others: more marks are waiting than are looked at, or the turns of a kept
    session are waiting, or a mark can't be read."""


async def unconfirmed(ctx: Context) -> Unconfirmed:
    """What the mirror has not confirmed. Ask the warehouse only afterwards, and for dead letters after
    marks: a record that moves on in between is found twice but never missed."""
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
