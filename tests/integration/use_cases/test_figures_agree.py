"""The figures of the pages Insights, The service and Privacy equal plain SQL over the views."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recollect.settings.settings import Settings
from tests.contract.warehouses.analyst import Ask, ask_duckdb
from tests.integration.conftest import ANNA, Api, embedded_settings, running

ADMIN = "admin@example.com"
USERS = (ANNA, "u1@example.com", "u2@example.com", "u3@example.com")
MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
RANGE = {"since": "2026-03-01T00:00:00Z", "until": "2026-05-01T00:00:00Z"}
OF_VIEWER = """
query ($range: DateRange!) { viewer {
  storedTurns { turns textBytes expiring { turns } }
  sessionCounts { active archived trash }
  insights(range: $range) {
    turns sessions activeDays unanswered { total } feedback { good bad } responseTimes { p50 p95 p99 }
    models { model turns inputTokens outputTokens feedback { good bad } }
    regenerations { model turns regenerations edits }
    topics { topic turns } turnsPerDay { day turns } weeks { monday turns }
    hours(timeZone: "UTC") { weekday hour turns } longestSessions { turns }
  }
} }
"""
OF_SERVICE = """
query ($range: DateRange!) { insights(range: $range) {
  users turns sessions feedback { good bad } responseTimes { p50 p95 p99 } inputTokens outputTokens
  models { model users turns inputTokens outputTokens feedback { good bad } }
  failures { failure users turns } topics { topic users turns }
  turnsPerDay { day users turns } weeks { monday users } months { firstDay users }
} }
"""
MINE = f"FROM recollect.conversation_history WHERE user_email = '{ANNA}'"
ALL = "FROM recollect.conversation_history WHERE TRUE"
SCORES = "COUNTIF(feedback_score = 1) AS good, COUNTIF(feedback_score = 0) AS bad"
TOKENS = "SUM(input_tokens) AS inputTokens, SUM(output_tokens) AS outputTokens"
HOURS = (
    "SELECT MOD(DATE_DIFF(DATE(timestamp), DATE '2024-01-01', DAY), 7) AS weekday,"
    " EXTRACT(HOUR FROM timestamp) AS hour, COUNT(*) AS turns"
)
"""The first of January 2024 was a Monday."""
TOPICS = (
    "SELECT topic, COUNT(*) AS turns FROM recollect.conversation_history"
    " CROSS JOIN UNNEST(topics) AS topic"
)
MODELS = f"COUNT(*) AS turns, {TOKENS}, {SCORES}"
SESSIONS = "SELECT status, COUNT(*) AS n FROM recollect.user_sessions"
BYTES = " + ".join(
    f"COALESCE(BYTE_LENGTH(CAST({text} AS BYTES)), 0)"
    for text in ("query", "response", "feedback_comment")
)
TIMES = "SELECT response_time_ms AS t {turns} AND response_time_ms IS NOT NULL ORDER BY t"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with groups of two, so that every figure includes four users who do the same."""
    return embedded_settings(tmp_path).model_copy(update={"smallest_group": 2, "admins": (ADMIN,)})


@pytest.fixture
async def api(settings: Settings) -> AsyncIterator[Api]:
    """The API with every user's actions in the mirror."""
    async with running(settings) as started:
        for user in USERS:
            await _use(started, user)
        await started.services.exporter.drain()
        yield started


@pytest.fixture
def ask(settings: Settings) -> Ask:
    """Queries the views."""
    return ask_duckdb(settings.data_dir / "warehouse.duckdb")


async def _use(api: Api, user: str) -> None:
    """Create some of everything that is counted, the same for each user."""
    opted_in = {"privacySettings": {"analyticsOptIn": True}}
    await api.mutate("updatePreferences", "", user, preferences=opted_in)

    async def turn(query: str, days: float, **given: Any) -> tuple[str, str]:
        at = (MONDAY + timedelta(days=days)).isoformat()
        made = await api.record(query, user, timestamp=at, **given)
        return made["session"]["id"], made["conversation"]["id"]

    async def judge(conversation: str, score: int) -> None:
        await api.mutate("submitFeedback", "", user, conversationId=conversation, score=score)

    large = {"model": "large", "inputTokens": 1000, "outputTokens": 70}
    long, first = await turn("Tides?", 0, response="The moon.", responseTimeMs=100, **large)
    await judge(first, 1)
    same: dict[str, Any] = {"sessionId": long}
    _, second = await turn("Volcanoes?", 0, response="Lava.", responseTimeMs=300, **large, **same)
    await judge(second, 0)
    again = {"place": {"replaces": second}, "model": "small", "response": "Magma."}
    await turn("Volcanoes?", 0.1, responseTimeMs=50, **again, **same)
    other, _ = await turn("Lakes?", 8)
    for days, why in ((9.5, {"failure": "TIMEOUT"}), (9.6, {"failed": True})):
        _, failed = await turn("Tides?", days, sessionId=other)
        told = {"conversationId": failed, "offset": 0, "text": "", **why}
        await api.mutate("extendConversation", "conversation { id }", user, **told)
    gone, _ = await turn("Deserts?", 30, response="Sand.")
    await api.mutate("archiveSession", "session { id }", user, sessionId=gone)


def _times(rows: list[dict[str, Any]]) -> dict[str, int]:
    found = [row["t"] for row in rows]
    return {f"p{p}": found[-(-p * len(found) // 100) - 1] for p in (50, 95, 99)}


def _told(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows in the format of the API: days as text."""
    return [
        {
            name: str(value) if "day" in name.lower() and name != "weekday" else value
            for name, value in row.items()
        }
        for row in rows
    ]


def _sorted(rows: list[dict[str, Any]]) -> list[str]:
    whole = [
        {name: int(value) if isinstance(value, float) else value for name, value in row.items()}
        for row in rows
    ]
    return sorted(str(sorted(row.items())) for row in whole)


async def test_the_viewers_figures_are_what_the_views_say(api: Api, ask: Ask) -> None:
    viewer = (await api.call(OF_VIEWER, range=RANGE))["viewer"]
    found = viewer["insights"]

    (totals,) = ask(
        "SELECT COUNT(*) AS turns, COUNT(DISTINCT session_id) AS sessions,"
        f" COUNT(DISTINCT DATE(timestamp)) AS activeDays, {SCORES},"
        f" COUNTIF(response IS NULL) AS unanswered {MINE}"
    )
    assert found["turns"] == totals["turns"] == 7
    assert found["sessions"] == totals["sessions"]
    assert found["activeDays"] == totals["activeDays"]
    assert found["feedback"] == {"good": totals["good"], "bad": totals["bad"]}
    assert found["unanswered"] == {"total": totals["unanswered"]}
    assert found["responseTimes"] == _times(ask(TIMES.format(turns=MINE)))
    for name, statement in {
        "turnsPerDay": f"SELECT DATE(timestamp) AS day, COUNT(*) AS turns {MINE} GROUP BY day",
        "weeks": "SELECT CAST(DATE_TRUNC(DATE(timestamp), ISOWEEK) AS DATE) AS monday,"
        f" COUNT(*) AS turns {MINE} GROUP BY monday",
        "hours": f"{HOURS} {MINE} GROUP BY weekday, hour",
        "longestSessions": f"SELECT COUNT(*) AS turns {MINE} GROUP BY session_id",
        "topics": f"{TOPICS} WHERE user_email = '{ANNA}' GROUP BY topic",
    }.items():
        assert _sorted(found[name]) == _sorted(_told(ask(statement))), name
    models = ask(f"SELECT model, {MODELS} {MINE} AND model IS NOT NULL GROUP BY model")
    assert _sorted(_flat(found["models"])) == _sorted(_flat(models))
    (again,) = ask(f"SELECT COUNTIF(replaces_conversation_id IS NOT NULL) AS again {MINE}")
    assert (
        sum(each["regenerations"] + each["edits"] for each in found["regenerations"])
        == again["again"]
        == 1
    )

    stored = viewer["storedTurns"]
    (kept,) = ask(f"SELECT COUNT(*) AS turns, SUM({BYTES}) AS bytes {MINE}")
    assert (stored["turns"], stored["textBytes"]) == (kept["turns"], kept["bytes"])
    assert sum(each["turns"] for each in stored["expiring"]) == kept["turns"]
    sessions = ask(f"{SESSIONS} WHERE user_email = '{ANNA}' GROUP BY status")
    assert viewer["sessionCounts"] == {"trash": 0, **{row["status"]: row["n"] for row in sessions}}


def _flat(models: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Models with their judgements among the other figures, and None in place of zero: figures of the service
    are null below the smallest group."""
    return [
        {
            name: value or None
            for name, value in {**each, **each.get("feedback", {})}.items()
            if name != "feedback"
        }
        for each in models
    ]


async def test_the_services_figures_are_what_the_views_say(api: Api, ask: Ask) -> None:
    found = (await api.call(OF_SERVICE, ADMIN, range=RANGE))["insights"]

    (totals,) = ask(
        "SELECT COUNT(DISTINCT uid) AS users, COUNT(*) AS turns,"
        f" COUNT(DISTINCT session_id) AS sessions, {SCORES}, {TOKENS} {ALL}"
    )
    assert found["users"] == totals["users"] == 4
    for name in ("turns", "sessions", "inputTokens", "outputTokens"):
        assert found[name] == totals[name], name
    assert found["feedback"] == {"good": totals["good"], "bad": totals["bad"]}
    assert found["responseTimes"] == _times(ask(TIMES.format(turns=ALL)))
    users = "COUNT(DISTINCT uid) AS users"
    for name, statement in {
        "turnsPerDay": f"SELECT DATE(timestamp) AS day, {users}, COUNT(*) AS turns {ALL} GROUP BY day",
        "failures": f"SELECT UPPER(failure) AS failure, {users}, COUNT(*) AS turns {ALL} AND failed"
        " GROUP BY failure",
        "weeks": "SELECT CAST(DATE_TRUNC(DATE(timestamp), ISOWEEK) AS DATE) AS monday,"
        f" {users} {ALL} GROUP BY monday",
        "months": "SELECT CAST(DATE_TRUNC(DATE(timestamp), MONTH) AS DATE) AS firstDay,"
        f" {users} {ALL} GROUP BY firstDay",
        "topics": f"{TOPICS.replace('topic,', f'topic, {users},')} GROUP BY topic",
    }.items():
        assert _sorted(found[name]) == _sorted(_told(ask(statement))), name
    models = ask(f"SELECT model, {users}, {MODELS} {ALL} AND model IS NOT NULL GROUP BY model")
    assert _sorted(_flat(found["models"])) == _sorted(_flat(models))
