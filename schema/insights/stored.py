"""The number and size of the viewer's stored turns, and when they expire."""

from datetime import date

import strawberry

from resolvers.insights import stored as rules
from schema.scalars import Moment


@strawberry.type(description="Turns of the viewer's that expire on one day.")
class ExpiringTurns:
    day: date = strawberry.field(description="The day, in UTC.")
    turns: int = strawberry.field(description="Turns that expire on it.")


@strawberry.type(
    description="What is stored of the viewer's turns: those that are neither expired, nor in the trash, nor "
    "in temporary sessions. It is counted in the mirror, which may be a moment behind."
)
class StoredTurns:
    turns: int = strawberry.field(description="How many there are, on every branch.")
    text_bytes: float = strawberry.field(
        description="The bytes of their questions, answers and comments in UTF-8, a whole number."
    )
    days_kept: int = strawberry.field(
        description="For how many days each turn is kept, by the preferences in force."
    )
    expiring: list[ExpiringTurns] = strawberry.field(
        description="The days on which turns expire if nothing is changed, in order; days without any are "
        "left out."
    )
    fresh_as_of: Moment = strawberry.field(
        description="Everything recorded up to this time is counted. What is deleted since then is not."
    )
    pending_changes: int = strawberry.field(
        description="Changes since then that wait to be counted; 0 if there are none."
    )

    @classmethod
    def of(cls, found: rules.StoredTurns) -> "StoredTurns":
        """The GraphQL form of the stored turns."""
        return cls(
            turns=found.turns,
            text_bytes=found.text_bytes,
            days_kept=found.days_kept,
            expiring=[ExpiringTurns(day=day, turns=turns) for day, turns in found.expiring],
            fresh_as_of=Moment(found.fresh_as_of),
            pending_changes=found.pending,
        )
