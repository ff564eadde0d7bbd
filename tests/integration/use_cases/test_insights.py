"""Figures of one's own, and of the whole service for administrators: right, and of what is kept."""

import random
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recollect.settings.settings import Settings
from resolvers.insights import viewer as insights
from stores.keys import dead_letter_key
from stores.mirror_records import Change, DeadLetter
from stores.ports import Create
from tests.integration.conftest import ANNA, BEN, Api, Clock, embedded_settings, running

pytestmark = pytest.mark.usefixtures("exporting_by_hand")

# Making the views takes the BigQuery emulator many times longer on a busy machine.

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


@pytest.fixture
async def api(settings: Settings, clock: Clock) -> AsyncIterator[Api]:
    """The API with an administrator, and with the views that insights ask."""
    async with running(settings.model_copy(update={"admins": (ADMIN,)})) as started:
        await started.services.warehouse.init()
        await started.services.warehouse.init_analysts()
        yield started


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


async def test_the_viewers_figures_are_what_was_recorded_in_the_range(embedded: Api) -> None:
    api = embedded
    rng = random.Random(11)  # noqa: S311
    since, until = START, START + timedelta(days=10)
    turns: list[tuple[str, datetime, int | None, int | None]] = []
    for chat in range(4):
        session: str | None = None
        for n in range(6):
            at = START + timedelta(days=rng.choice([-1, 0, 0, 3, 10, 11]), minutes=chat * 10 + n)
            took, score = rng.choice([None, rng.randrange(9000)]), rng.choice([None, 0, 1])
            given: dict[str, Any] = {"sessionId": session} if session else {}
            if took is not None:
                given |= {"response": "An answer.", "responseTimeMs": took}
            found = await ask(api, "The tides of the moon?", at, **given)
            session = found["session"]["id"]
            assert session is not None
            if score is not None:
                rated = {"conversationId": found["conversation"]["id"], "score": score}
                await api.mutate("submitFeedback", "", **rated)
            turns.append((session, at, took, score))
    await ask(api, "The tides of the moon?", START, BEN)
    await mirrored(api)

    shown = await of_viewer(api, wanted=between(since, until))
    counted = [turn for turn in turns if since <= turn[1] < until]
    days = Counter(turn[1].date().isoformat() for turn in counted)
    times = sorted(turn[2] for turn in counted if turn[2] is not None)
    sessions = len({turn[0] for turn in counted})
    assert 0 < len(counted) < len(turns)
    assert shown["turns"] == len(counted)
    assert shown["sessions"] == sessions
    assert shown["activeDays"] == len(days)
    assert {day["day"]: day["turns"] for day in shown["turnsPerDay"]} == days
    assert [day["day"] for day in shown["turnsPerDay"]] == sorted(days)
    assert shown["feedback"] == {
        "good": sum(turn[3] == 1 for turn in counted),
        "bad": sum(turn[3] == 0 for turn in counted),
    }
    assert shown["responseTimes"] == {
        f"p{percent}": times[-(-percent * len(times) // 100) - 1] for percent in (50, 95, 99)
    }
    each = {"turns": len(counted), "sessions": sessions}
    assert shown["topics"] == [{"topic": topic, **each} for topic in ("moon", "tides")]
    assert shown["returnedTopics"] == shown["topics"]
    assert shown["pendingChanges"] == 0

    nothing = await of_viewer(api, "nobody@example.com")
    assert (nothing["turns"], nothing["turnsPerDay"], nothing["responseTimes"]) == (0, [], None)


async def test_the_viewers_turns_are_told_by_model(embedded: Api) -> None:
    api = embedded
    large: dict[str, Any] = {"model": "gpt-4o", "inputTokens": 10**9, "outputTokens": 1}
    for n in range(3):
        turn = await ask(api, "Why?", START, response="So.", responseTimeMs=100 * n, **large)
        rated = {"conversationId": turn["conversation"]["id"], "score": n % 2}
        await api.mutate("submitFeedback", "", **rated)
    await ask(api, "And?", START, response="So.", model="small")
    await ask(api, "Who says?", START, response="Nobody.")
    await ask(api, "Not mine?", START, BEN, response="No.", model="other")
    await mirrored(api)
    assert (await of_viewer(api))["models"] == [
        {
            "model": "gpt-4o",
            "turns": 3,
            "responseTimes": {"p50": 100},
            "feedback": {"good": 1, "bad": 2},
            "inputTokens": 3 * 10**9,
            "outputTokens": 3,
        },
        {
            "model": "small",
            "turns": 1,
            "responseTimes": None,
            "feedback": {"good": 0, "bad": 0},
            "inputTokens": None,
            "outputTokens": None,
        },
    ]


async def test_what_the_viewer_does_not_see_any_more_is_not_counted(api: Api, clock: Clock) -> None:
    async def turns() -> tuple[int, list[str]]:
        shown = await of_viewer(api)
        return shown["turns"], [each["topic"] for each in shown["topics"]]

    kept = await ask(api, "oak", START)
    gone = await ask(api, "birch", START, sessionId=kept["session"]["id"])
    trashed = (await ask(api, "cedar", START))["session"]["id"]
    await ask(api, "willow", START, temporary=True)
    await mirrored(api)
    assert await turns() == (3, ["birch", "cedar", "oak"])

    before = clock()
    await api.mutate("deleteConversation", "", conversationId=gone["conversation"]["id"])
    await api.mutate("deleteSession", "", sessionId=trashed)
    await ask(api, "maple", START)
    assert await turns() == (1, ["oak"])
    late = await of_viewer(api)
    assert late["pendingChanges"] == 3
    assert datetime.fromisoformat(late["freshAsOf"]).timestamp() * 1e6 < clock()
    assert datetime.fromisoformat(late["freshAsOf"]).timestamp() * 1e6 > before - 60_000_000
    await mirrored(api)
    assert await turns() == (2, ["maple", "oak"])
    assert (await of_viewer(api))["pendingChanges"] == 0
    await api.mutate("restoreSession", "", sessionId=trashed)
    await mirrored(api)
    assert await turns() == (3, ["cedar", "maple", "oak"])
    await api.mutate("makeSessionTemporary", "", sessionId=trashed)
    assert await turns() == (2, ["maple", "oak"])
    await mirrored(api)
    assert await turns() == (2, ["maple", "oak"])

    clock.forward(days=10)
    await ask(api, "pine", START)
    await mirrored(api)
    limited = {"privacySettings": {"dataRetentionDays": 7}}
    await api.mutate("updatePreferences", "", preferences=limited)
    assert await turns() == (1, ["pine"])
    await api.mutate("eraseMyData", "", confirm=True)
    assert await turns() == (0, [])


async def test_it_says_to_come_back_while_the_mirror_is_too_far_behind(
    embedded: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(insights, "MARKS", 2)
    for n in range(3):
        await embedded.record(f"q {n}")
    (error,) = await embedded.errors(OF_VIEWER, range=ALL)
    assert error["extensions"]["code"] == "UNAVAILABLE"
    await mirrored(embedded)
    assert (await of_viewer(embedded, wanted=_around_now()))["turns"] == 3


def _around_now() -> dict[str, str]:
    now = datetime.now(UTC)
    return between(now - timedelta(days=1), now + timedelta(days=1))


async def test_a_deletion_that_the_warehouse_will_not_take_is_not_counted(embedded: Api) -> None:
    recorded = await ask(embedded, "oak", START)
    await mirrored(embedded)
    _, session_id, turn_id = recorded["conversation"]["id"].split(".")
    store = embedded.services.store
    uid = (await embedded.call("{ viewer { id } }"))["viewer"]["id"].removeprefix("Viewer.")
    gone = Change(
        kind="conversation",
        session_id=session_id,
        conversation_id=turn_id,
        at=int(START.timestamp() * 1e6),
        forget=True,
    )
    letter = DeadLetter(change=gone, marked_at=7, reason="refused", since=8)
    assert (await of_viewer(embedded))["turns"] == 1
    await store.commit([Create(dead_letter_key(uid, "letter"), letter)])
    shown = await of_viewer(embedded)
    assert (shown["turns"], shown["pendingChanges"]) == (0, 1)
    assert shown["freshAsOf"] == "1970-01-01T00:00:00.000006Z"


@pytest.mark.parametrize(
    ("since", "until", "told"),
    [
        ("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z", "until must not be before since"),
        ("2024-01-01T00:00:00Z", "2025-01-01T00:00:01Z", "more than 366 days"),
        ("1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "since must not be before 1970"),
        ("2026-01-01T00:00:00", "2026-01-02T00:00:00Z", "since has no time zone"),
    ],
)
async def test_a_range_that_can_not_be_is_refused(
    embedded: Api, since: str, until: str, told: str
) -> None:
    wanted = {"since": since, "until": until}
    (error,) = await embedded.errors(OF_VIEWER, range=wanted)
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["extensions"]["fields"][0][0] == "range"
    assert told in error["message"]


async def test_the_longest_range_may_be_asked_and_an_empty_one(embedded: Api) -> None:
    year = {"since": "2024-01-01T00:00:00Z", "until": "2025-01-01T00:00:00Z"}
    assert (await of_viewer(embedded, wanted=year))["turns"] == 0
    empty = {**year, "until": year["since"]}
    assert (await of_viewer(embedded, wanted=empty))["turns"] == 0


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
    # Only four of the five let analysts see what they ask.
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


PICTURES = """
query ($range: DateRange!, $zone: String) { viewer { insights(range: $range) {
  weeks { monday turns topics { topic turns } }
  hours(timeZone: $zone) { weekday hour turns }
  longestSessions { turns session { id title } }
  unanswered { total latest { query answerState session { id } } }
} } }
"""


async def pictures(api: Api, user: str = ANNA, zone: str = "UTC") -> Any:
    found = await api.call(PICTURES, user, range=ALL, zone=zone)
    return found["viewer"]["insights"]


async def test_the_viewers_pictures_show_what_is_there_now(embedded: Api) -> None:
    api = embedded
    first = await ask(api, "Spring tides?", START, response="The moon.")
    long, again = first["session"]["id"], START + timedelta(days=7, hours=9)
    await ask(api, "Spring tides, again?", again, response="The moon.", sessionId=long)
    waiting = await ask(api, "And volcanoes?", again, sessionId=long)
    other = await ask(api, "Deep lakes?", START + timedelta(hours=1))
    await ask(api, "Not mine?", START, BEN)
    await mirrored(api)

    found = await pictures(api)
    assert found["weeks"] == [
        {
            "monday": "2026-03-02",
            "turns": 2,
            "topics": [{"topic": "spring tides", "turns": 1}, {"topic": "deep lakes", "turns": 1}],
        },
        {
            "monday": "2026-03-09",
            "turns": 2,
            "topics": [{"topic": "spring tides", "turns": 1}, {"topic": "volcanoes", "turns": 1}],
        },
    ]
    assert found["hours"] == [
        {"weekday": 0, "hour": 12, "turns": 1},
        {"weekday": 0, "hour": 13, "turns": 1},
        {"weekday": 0, "hour": 21, "turns": 2},
    ]
    far_east = await pictures(api, zone="Pacific/Auckland")
    assert far_east["hours"][-1] == {"weekday": 1, "hour": 10, "turns": 2}
    assert [(each["turns"], each["session"]["id"]) for each in found["longestSessions"]] == [
        (3, long),
        (1, other["session"]["id"]),
    ]
    assert found["unanswered"]["total"] == 2
    assert [each["query"] for each in found["unanswered"]["latest"]] == [
        "And volcanoes?",
        "Deep lakes?",
    ]

    # The mirror has not heard of it yet.
    answer = {"conversationId": waiting["conversation"]["id"], "response": "Lava."}
    await api.mutate("completeConversation", "", **answer)
    await api.mutate("renameSession", "", sessionId=long, title="Seas")
    await api.mutate("deleteSession", "", sessionId=other["session"]["id"])
    found = await pictures(api)
    assert found["longestSessions"] == [{"turns": 3, "session": {"id": long, "title": "Seas"}}]
    assert found["unanswered"]["latest"] == []
    nothing = await pictures(api, "nobody@example.com")
    assert nothing == {
        **{name: [] for name in ("weeks", "hours", "longestSessions")},
        "unanswered": {"total": 0, "latest": []},
    }


@pytest.mark.parametrize(
    "zone", ["Atlantis/Capital", "localtime", "posix/Europe/Berlin", "../etc", ""]
)
async def test_a_time_zone_that_is_none_is_refused(embedded: Api, zone: str) -> None:
    (error,) = await embedded.errors(PICTURES, range=ALL, zone=zone)
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["extensions"]["fields"] == [["timeZone"]]
