"""How much is stored of a user's turns, by the day on which they were recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from analytics.insights.user import UserTurns
from analytics.warehouse.port import Warehouse


@dataclass(frozen=True, slots=True)
class StoredDay:
    """A day (UTC) on which turns were recorded: how many, and the bytes of their questions, answers and
    comments in UTF-8."""

    day: date
    turns: int
    text_bytes: int


async def stored_days(warehouse: Warehouse, turns: UserTurns) -> Sequence[StoredDay]:
    """How much space some turns of a user take, the earliest day first."""
    rows = await warehouse.query("viewer_stored", turns.parameters)
    return [StoredDay(row["day"], row["turns"], row["text_bytes"]) for row in rows]
