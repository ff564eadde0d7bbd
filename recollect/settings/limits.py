"""The settings of how much one process, network or user may have."""

from typing import Annotated

from pydantic import Field

from recollect.settings.identity import IdentitySettings

REQUESTS_PER_MINUTE = 600
COST_PER_MINUTE = 300_000
"""Some three seconds of one processor's work, six of the dearest operations, or sixty searches."""
SECONDS_PER_MINUTE = 120
"""Two operations at a time without a pause."""


class LimitSettings(IdentitySettings):
    """The limits of requests, connections and files."""

    rate_limit: int | None = Field(
        default=None,
        ge=0,
        le=1_000_000,
        description="Requests a minute that one user may send, 0 for no limit; when not set 600, "
        "and no limit with `dev`.",
    )
    cost_limit: int | None = Field(
        default=None,
        ge=0,
        le=1_000_000_000,
        description="How much the operations of one user may cost in a minute, in the units of the "
        "cost that answers tell, 0 for no limit; when not set 300000, and no limit with `dev`.",
    )
    time_limit: int | None = Field(
        default=None,
        ge=0,
        le=1_000_000,
        description="Seconds that the operations of one user may run in a minute, those that run at "
        "once added up, 0 for no limit; when not set 120, and no limit with `dev`.",
    )
    max_connections: Annotated[int, Field(ge=10, le=1_000_000)] = Field(
        default=2000,
        description="Connections one process takes; fewer where it may not open so many files.",
    )
    max_connections_per_address: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        default=200,
        description="Connections one process takes of a network address (of IPv6, its /64), but for "
        "those that `FORWARDED_ALLOW_IPS` names.",
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
