"""Turns recorded at chosen times, and the API's figures about them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.integration.conftest import ANNA, Api

ADMIN = "admin@example.com"
START = datetime(2026, 3, 2, 12, tzinfo=UTC)
OF_VIEWER = """
query ($range: DateRange!) { viewer { insights(range: $range) {
  sessions turns activeDays responseTimes { p50 p95 p99 } feedback { good bad }
  models { model turns responseTimes { p50 } feedback { good bad } inputTokens outputTokens }
  topics { topic turns sessions } returnedTopics { topic turns sessions }
  turnsPerDay { day turns } freshAsOf pendingChanges
} } }
"""
OF_SERVICE = """
query ($range: DateRange!) { insights(range: $range) {
  users sessions turns responseTimes { p50 p95 p99 } feedback { good bad }
  models { model users turns responseTimes { p50 } feedback { good bad } inputTokens outputTokens }
  topics { topic users turns returningUsers } returnedTopics { topic users }
  turnsPerDay { day users turns } latestChangeAt
} }
"""


def between(since: datetime, until: datetime) -> dict[str, str]:
    return {"since": since.isoformat(), "until": until.isoformat()}


ALL = between(START - timedelta(days=30), START + timedelta(days=300))
MONTHS = between(datetime(2026, 2, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


async def of_viewer(api: Api, user: str = ANNA, wanted: dict[str, str] = ALL) -> Any:
    return (await api.call(OF_VIEWER, user, range=wanted))["viewer"]["insights"]


async def mirrored(api: Api) -> None:
    await api.services.exporter.drain()


async def ask(api: Api, query: str, at: datetime, user: str = ANNA, **given: Any) -> Any:
    return await api.record(query, user, timestamp=at.isoformat(), **given)
