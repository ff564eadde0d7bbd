"""A user's own figures: correct, and only about data that is kept."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from resolvers.insights import viewer as insights
from stores.keys import dead_letter_key
from stores.mirror_records import Change, DeadLetter
from stores.ports import Create
from tests.integration.conftest import BEN, Api, Clock
from tests.integration.use_cases.insights.figures import (
    ALL,
    OF_VIEWER,
    START,
    ask,
    between,
    mirrored,
    of_viewer,
)

pytestmark = pytest.mark.usefixtures("exporting_by_hand")


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
