"""The answer app's history as analysts see it equals counts of its rows, with enough users for a group."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.contract.warehouses.analyst import Ask, ask_bigquery, ask_duckdb
from tests.integration.conftest import Api
from tests.integration.transfer import foreign_files as files
from tests.integration.transfer.importing import as_lines, take

K = 5
USERS = [f"user-{number}@example.com" for number in range(2 * K + 1)]
"""Enough users for a group of each judgement."""
ROWS = files.answer_rows(*USERS)
ANSWERS = [row for row in ROWS if "session" in row]
JUDGEMENTS = {
    row["answer_query_token"]: int(row["feedback_value"]) for row in ROWS if "feedback_value" in row
}
DAY, WEEK = date(2025, 5, 1), date(2025, 4, 28)
SESSIONS = len({row["session"]["name"] for row in ANSWERS})
EVERYBODY = {"users": len(USERS), "sessions": SESSIONS, "turns": len(ANSWERS)}


@pytest.fixture
def ask(request: pytest.FixtureRequest, api: Api, tmp_path: Path) -> Ask:
    """Queries as an analyst of the warehouse that the API mirrors to."""
    settings = api.services.settings
    if settings.warehouse == "duckdb":
        return ask_duckdb(tmp_path / "warehouse.duckdb")
    place = request.getfixturevalue("bigquery_dataset")
    return ask_bigquery(replace(place, project=settings.project))


def nearest_rank(values: list[int], percent: int) -> int:
    """The smallest value that at least `percent` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[-(-percent * len(ordered) // 100) - 1]


def milliseconds(row: Mapping[str, Any]) -> int:
    return round(float(row["latency"]) * 1000)


def turn(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """A row of the answer app as `conversation_history` shows it."""
    asked = datetime.strptime(row["answer"]["create_time"], "%Y-%m-%d %H:%M:%S.%f UTC")
    return (
        row["question"],
        row["answer"]["answer_text"],
        milliseconds(row),
        asked.replace(tzinfo=UTC),
        JUDGEMENTS.get(row["answer_query_token"]),
    )


async def test_the_views_of_analysts_agree_with_the_rows(api: Api, ask: Ask) -> None:
    for user in USERS:
        opted_in = {"privacySettings": {"analyticsOptIn": True}}
        await api.mutate("updatePreferences", "", user, preferences=opted_in)
        await take(api, as_lines(*ROWS), user)
    await api.services.exporter.drain()
    await api.services.warehouse.init_analysts()

    def view(name: str) -> list[dict[str, Any]]:
        return ask(f"SELECT * FROM recollect_analysts.{name}")  # noqa: S608

    shown = view("conversation_history")
    columns = ("query", "response", "response_time_ms", "timestamp", "feedback_score")
    assert Counter(tuple(row[name] for name in columns) for row in shown) == Counter(
        map(turn, ANSWERS)
    )
    assert len({row["user_key"] for row in shown}) == len(USERS)
    assert len({(row["user_key"], row["query"].split()[0]) for row in shown}) == len(USERS)
    assert len(view("user_sessions")) == SESSIONS

    assert view("insights_daily_usage") == [{"day": DAY, **EVERYBODY}]
    times = [milliseconds(row) for row in ANSWERS]
    percentiles = {f"p{part}_ms": nearest_rank(times, part) for part in (50, 95, 99)}
    assert view("insights_response_times") == [
        {"day": DAY, "users": len(USERS), "turns": len(times), **percentiles}
    ]
    judged = Counter(JUDGEMENTS.values())
    assert min(judged.values()) >= K
    assert sorted(view("insights_feedback"), key=lambda row: row["feedback_score"]) == [
        {"week": WEEK, "feedback_score": score, "users": judged[score], "turns": judged[score]}
        for score in (0, 1)
    ]
    assert view("insights_session_retention") == [
        {"week": WEEK, "days_later": 0, "users": len(USERS), "sessions": SESSIONS}
    ]
    topics = {row["topic"]: row for row in view("insights_topics")}
    assert topics["kiwis"] == {"month": date(2025, 5, 1), "topic": "kiwis", **EVERYBODY}
    assert view("insights_models") == []  # the rows do not name a model
    (cohort,) = view("insights_weekly_cohorts")
    assert (cohort["cohort_week"], cohort["weeks_later"]) == (WEEK, 0)
    assert cohort["users"] == len(USERS)
