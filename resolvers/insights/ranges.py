"""Ranges of time for insights."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from resolvers.input_limits import EPOCH, Checks, microseconds
from resolvers.lifetimes import DAY

RANGE_DAYS = 366


@dataclass(frozen=True, slots=True)
class DateRange:
    """From `since` to `until`, which is exclusive."""

    since: datetime
    until: datetime

    def check(self) -> None:
        """Raise `Refused` unless it is a range of at most 366 days."""
        with Checks() as checks:
            for name, time in (("since", self.since), ("until", self.until)):
                if time.tzinfo is None:
                    checks.refuse(f"{name} has no time zone; add 'Z' or an offset.", "range", name)
                elif time < EPOCH:
                    checks.refuse(f"{name} must not be before 1970.", "range", name)
        with Checks() as checks:
            if self.until < self.since:
                checks.refuse("until must not be before since.", "range", "until")
            elif self.until - self.since > timedelta(days=RANGE_DAYS):
                checks.refuse(
                    f"The range has more than {RANGE_DAYS} days; ask for a shorter one.",
                    "range",
                    "until",
                )

    def check_whole_days(self) -> None:
        """Raise `Refused` unless `check` passes, and the range consists of whole days in UTC."""
        self.check()
        with Checks() as checks:
            for name, at in (("since", self.since), ("until", self.until)):
                if microseconds(at) % DAY:
                    checks.refuse(
                        f"{name} must be the beginning of a day in UTC, such as "
                        "2026-03-01T00:00:00Z.",
                        "range",
                        name,
                    )
