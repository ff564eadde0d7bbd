"""A user's weeks, hours, longest sessions and unanswered questions."""

from datetime import timedelta
from typing import Any

import pytest

from tests.integration.conftest import ANNA, BEN, Api
from tests.integration.use_cases.insights.figures import ALL, START, ask, mirrored

pytestmark = pytest.mark.usefixtures("exporting_by_hand")


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

    # The mirror has not received it yet.
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
