"""Figures of the whole service: only for administrators, about five people or more, and about past days."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recollect.settings.settings import Settings
from tests.integration.conftest import ANNA, Api, Clock, embedded_settings, running
from tests.integration.use_cases.insights.figures import (
    ADMIN,
    ALL,
    MONTHS,
    OF_SERVICE,
    START,
    ask,
    between,
    mirrored,
)

pytestmark = pytest.mark.usefixtures("exporting_by_hand")


async def _chat(api: Api, user: str, query: str) -> None:
    """Two sessions on different days, each with a good answer."""
    for n in range(2):
        turn = await ask(
            api,
            query,
            START + timedelta(days=n),
            user,
            response="a",
            responseTimeMs=100 * n,
            model="gpt-4o",
            outputTokens=10,
        )
        rated = {"conversationId": turn["conversation"]["id"], "score": 1}
        await api.mutate("submitFeedback", "", user, **rated)


async def test_the_services_figures_are_for_administrators_and_about_five_or_more(
    api: Api,
) -> None:
    (error,) = await api.errors(OF_SERVICE, ANNA, range=ALL)
    assert error["extensions"]["code"] == "FORBIDDEN"
    opted_in = {"privacySettings": {"analyticsOptIn": True}}
    users = [f"user-{n}@example.com" for n in range(6)]
    for n, user in enumerate(users[:4]):
        await api.mutate("updatePreferences", "", user, preferences=opted_in)
        await _chat(api, user, f"spring tides, number{n}")
    await mirrored(api)
    few = (await api.call(OF_SERVICE, ADMIN, range=MONTHS))["insights"]
    assert few == {
        **dict.fromkeys(("users", "sessions", "turns", "responseTimes", "latestChangeAt")),
        "feedback": {"good": None, "bad": None},
        **{name: [] for name in ("models", "topics", "returnedTopics", "turnsPerDay")},
    }

    await _chat(api, users[4], "spring tides, outsider")
    await mirrored(api)
    five = (await api.call(OF_SERVICE, ADMIN, range=MONTHS))["insights"]
    assert (five["users"], five["sessions"], five["turns"]) == (5, 10, 10)
    assert five["feedback"] == {"good": 10, "bad": None}
    assert five["responseTimes"] == {"p50": 0, "p95": 100, "p99": 100}
    assert [(day["users"], day["turns"]) for day in five["turnsPerDay"]] == [(5, 5), (5, 5)]
    assert five["models"] == [
        {
            "model": "gpt-4o",
            "users": 5,
            "turns": 10,
            "responseTimes": {"p50": 0},
            "feedback": {"good": 10, "bad": None},
            "inputTokens": None,
            "outputTokens": 100,
        }
    ]
    # Only four of the five allow analysts to see their questions.
    assert five["topics"] == five["returnedTopics"] == []

    await api.mutate("updatePreferences", "", users[5], preferences=opted_in)
    await _chat(api, users[5], "spring tides, number5")
    await mirrored(api)
    six = (await api.call(OF_SERVICE, ADMIN, range=MONTHS))["insights"]
    assert six["topics"] == [
        {"topic": topic, "users": 5, "turns": 10, "returningUsers": 5}
        for topic in ("spring tides",)
    ]
    assert [topic["topic"] for topic in six["returnedTopics"]] == ["spring tides"]
    assert "@" not in str(six)
    assert "number" not in str(six)


async def test_administrators_see_who_was_active_and_the_sql_that_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = """
    query ($range: DateRange!) { insights(range: $range) {
      weeks { monday users returned { weeksLater users } } months { firstDay users }
      statements { name sql }
    } }
    """
    settings = embedded_settings(tmp_path).model_copy(update={"admins": (ADMIN,)})
    async with running(settings) as api:
        await api.services.warehouse.init_analysts()
        (error,) = await api.errors(wanted, ANNA, range=MONTHS)
        assert error["extensions"]["code"] == "FORBIDDEN"
        for n in range(6):
            for later in (0, 14) if n else (0,):
                await ask(api, "oak", START + timedelta(days=later), f"user-{n}@example.com")
        await mirrored(api)
        warehouse = api.services.warehouse
        ran: dict[str, str] = {}
        run = warehouse.query

        async def noted(statement: str, parameters: Any) -> Any:
            ran[statement] = warehouse.text(statement)
            return await run(statement, parameters)

        monkeypatch.setattr(warehouse, "query", noted)
        found = (await api.call(wanted, ADMIN, range=MONTHS))["insights"]

        assert found["months"] == [{"firstDay": "2026-03-01", "users": 5}]
        assert found["weeks"] == [
            {"monday": "2026-03-02", "users": 5, "returned": [{"weeksLater": 2, "users": 5}]},
            {"monday": "2026-03-16", "users": 5, "returned": []},
        ]
        assert {each["name"]: each["sql"] for each in found["statements"]} == ran


@pytest.mark.parametrize(
    "moved", [{"since": timedelta(microseconds=1)}, {"until": timedelta(hours=-1)}]
)
async def test_the_services_figures_are_of_whole_days(
    api: Api, moved: dict[str, timedelta]
) -> None:
    times = {name: datetime.fromisoformat(at) for name, at in MONTHS.items()}
    wanted = {name: (at + moved.get(name, timedelta())).isoformat() for name, at in times.items()}
    (error,) = await api.errors(OF_SERVICE, ADMIN, range=wanted)

    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["extensions"]["fields"] == [["range", *moved]]
    assert "beginning of a day in UTC" in error["message"]


async def test_the_services_figures_are_of_days_that_are_over(api: Api, clock: Clock) -> None:
    today = datetime.fromtimestamp(clock() / 1e6, UTC).replace(hour=0, minute=0, second=0)
    wanted = between(
        today.replace(microsecond=0) - timedelta(days=1),
        today.replace(microsecond=0) + timedelta(days=300),
    )
    for n in range(5):
        await ask(api, "oak", datetime.fromtimestamp(clock() / 1e6, UTC), f"user-{n}@example.com")
    await mirrored(api)
    assert (await api.call(OF_SERVICE, ADMIN, range=wanted))["insights"]["turns"] is None

    clock.forward(days=1)
    assert (await api.call(OF_SERVICE, ADMIN, range=wanted))["insights"]["turns"] == 5


async def test_one_person_who_is_several_guests_is_no_group(settings: Settings) -> None:
    chosen = {"admins": (ADMIN,), "guests": True}
    opted_in = {"privacySettings": {"analyticsOptIn": True}}
    async with running(settings.model_copy(update=chosen)) as api:
        await api.services.warehouse.init()
        await api.services.warehouse.init_analysts()
        for n in range(9):
            user = f"user-{n}@example.com"
            if n < 5:
                token = (await api.http.post("/guests", json={})).json()["token"]
                api.http.headers["Authorization"] = f"Bearer {token}"
            await api.mutate("updatePreferences", "", user, preferences=opted_in)
            await _chat(api, user, "spring tides")
            api.http.headers.pop("Authorization", None)
        await mirrored(api)
        few = (await api.call(OF_SERVICE, ADMIN, range=MONTHS))["insights"]
        assert few["turns"] is None
        assert few["topics"] == []


async def test_everybody_can_read_how_many_users_a_figure_is_about(tmp_path: Path) -> None:
    settings = embedded_settings(tmp_path).model_copy(update={"smallest_group": 7})
    async with running(settings) as api:
        assert await api.call("{ service { smallestGroup } }") == {"service": {"smallestGroup": 7}}
