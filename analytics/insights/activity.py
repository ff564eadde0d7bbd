"""How many users were active, and how many came back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from analytics.insights.service import WholeDays
from analytics.warehouse.port import Warehouse


@dataclass(frozen=True, slots=True)
class ActiveMonth:
    """A whole month (UTC), by its first day, and its users."""

    first_day: date
    users: int


@dataclass(frozen=True, slots=True)
class ActiveWeek:
    """A whole week (UTC), by its Monday, and its users. `returned` has pairs: a number of weeks later, up to
    eight, and how many of the users had turns then too. Weeks with too few users are left out."""

    monday: date
    users: int
    returned: Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Activity:
    """The weeks and months with enough users that lie entirely within a range, in order. Numbers of users are
    rounded down to a multiple of the smallest group."""

    weeks: Sequence[ActiveWeek]
    months: Sequence[ActiveMonth]


async def of_everybody(warehouse: Warehouse, days: WholeDays) -> Activity:
    """How many accounts were active in the weeks and months of a range."""
    found = days.parameters
    names = ("since", "until", "kept_since")
    rows = await warehouse.query("service_active_users", {name: found[name] for name in names})
    weeks = [row for row in rows if row["period"] == "week"]
    return Activity(
        [
            ActiveWeek(
                row["first_day"],
                row["users"],
                [
                    (later["weeks_later"], later["users"])
                    for later in weeks
                    if later["first_day"] == row["first_day"] and later["weeks_later"]
                ],
            )
            for row in weeks
            if not row["weeks_later"]
        ],
        [ActiveMonth(row["first_day"], row["users"]) for row in rows if row["period"] == "month"],
    )
