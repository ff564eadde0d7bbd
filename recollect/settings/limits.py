"""Limits for a process, a network and a user."""

from typing import Annotated

from pydantic import Field

from recollect.settings.identity import IdentitySettings

REQUESTS_PER_MINUTE = 600
COST_PER_MINUTE = 300_000
"""About three seconds of one processor's work, six of the most expensive operations, or sixty searches."""
SECONDS_PER_MINUTE = 120
"""Two operations at a time without a pause."""


class LimitSettings(IdentitySettings):
    """The limits of requests, connections and files."""

    rate_limit: int | None = Field(
        default=None,
        ge=0,
        le=1_000_000,
        description="How many requests one user may send in a minute, 0 for no limit; by default "
        "600, and no "
        "limit with `dev`.",
    )
    cost_limit: int | None = Field(
        default=None,
        ge=0,
        le=1_000_000_000,
        description="How much one user's operations may cost in a minute, in the units of the cost that "
        "responses report, 0 for no limit; by default 300000, and no limit with `dev`.",
    )
    time_limit: int | None = Field(
        default=None,
        ge=0,
        le=1_000_000,
        description="How many seconds one user's operations may run in a minute, concurrent ones "
        "added up, 0 for "
        "no limit; by default 120, and no limit with `dev`.",
    )
    max_ban_minutes: Annotated[int, Field(ge=0, le=1440)] = Field(
        default=15,
        description="For how many minutes a user is banned at most who goes on sending requests though "
        "told to wait; the first time it is one, and twice as long each time. 0 bans nobody.",
    )
    max_connections: Annotated[int, Field(ge=10, le=1_000_000)] = Field(
        default=2000,
        description="How many connections one process accepts; fewer if it may not open that many files.",
    )
    max_connections_per_address: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        default=200,
        description="How many connections one process accepts from a network address (of IPv6, its "
        "/64), except "
        "from those in `FORWARDED_ALLOW_IPS`.",
    )
    max_import_mb: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default=200, description="The largest file of chats that can be imported, in megabytes."
    )

    @property
    def requests_per_minute(self) -> int:
        """How many requests one user may send; 0 for no limit."""
        return self._unless_dev(self.rate_limit, REQUESTS_PER_MINUTE)

    @property
    def cost_per_minute(self) -> int:
        """How much one user's operations may cost; 0 for no limit."""
        return self._unless_dev(self.cost_limit, COST_PER_MINUTE)

    @property
    def seconds_per_minute(self) -> int:
        """How long one user's operations may run; 0 for no limit."""
        return self._unless_dev(self.time_limit, SECONDS_PER_MINUTE)

    def _unless_dev(self, limit: int | None, default: int) -> int:
        if limit is None:
            return 0 if self.identity == "dev" else default
        return limit
