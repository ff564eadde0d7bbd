"""What the viewer's figures and the service's figures have in common."""

from datetime import datetime

import strawberry

from analytics.insights import figures
from resolvers.insights import ranges


@strawberry.input(description="A period of at most 366 days.")
class DateRange:
    since: datetime = strawberry.field(description="The beginning, inclusive.")
    until: datetime = strawberry.field(description="The end, exclusive.")

    def wanted(self) -> ranges.DateRange:
        """The range for the use cases."""
        return ranges.DateRange(self.since, self.until)


@strawberry.type(description="How long answers took, in milliseconds.")
class ResponseTimes:
    p50: int = strawberry.field(description="Half of the answers took no longer than this.")
    p95: int = strawberry.field(description="95 of 100 answers took no longer than this.")
    p99: int = strawberry.field(description="99 of 100 answers took no longer than this.")

    @classmethod
    def of(cls, times: figures.Percentiles | None) -> "ResponseTimes | None":
        """The GraphQL form of percentiles."""
        return cls(p50=times.p50, p95=times.p95, p99=times.p99) if times else None
