"""The answer app's history is imported: each user's rows, once, as the views and figures then show."""

from typing import Any

import pytest

from tests.integration.conftest import ANNA, BEN, Api
from tests.integration.transfer import foreign_files as files
from tests.integration.transfer.importing import as_lines, assert_exact, counts, take, uid

EVE = "eve@example.com"
USERS = (ANNA, BEN, EVE)
ROWS = files.answer_rows(*USERS)
EVER = {"since": 0, "until": 2**52}
INSIGHTS = """
{ viewer { insights(range: {since: "2025-05-01T00:00:00Z", until: "2025-05-02T00:00:00Z"}) {
  sessions turns responseTimes { p50 } feedback { good bad } } } }
"""


def of(user: str) -> list[Any]:
    """The rows that are a user's answers."""
    return [row for row in ROWS if row.get("session", {}).get("user_pseudo_id") == user]


def judged(user: str) -> dict[str, int]:
    """A user's judgements, by the answer's token."""
    return {
        row["answer_query_token"]: int(row["feedback_value"])
        for row in ROWS
        if "feedback_value" in row and row["answer_query_token"].startswith(user)
    }


async def test_the_views_and_figures_agree_with_the_rows(api: Api) -> None:
    file = as_lines(*ROWS)
    for user in USERS:
        report = await take(api, file, user)
        assert counts(report)["turns"] == {"added": len(of(user))}
        assert {each["kind"]: each["count"] for each in report["leftOut"]} == {
            "OTHER_USER": sum(len(of(other)) for other in USERS if other != user)
        }
        again = await take(api, file, user)
        assert counts(again)["turns"] == {"present": len(of(user))}
        await assert_exact(api, user)
    await api.services.exporter.drain()
    for user in USERS:
        rows = await api.services.warehouse.query(
            "conversation_history", {"uid": await uid(api, user), **EVER}
        )
        shown = {
            (
                row["user_email"],
                row["query"],
                row["response"],
                row["response_time_ms"],
                row["timestamp"].strftime("%Y-%m-%d %H:%M:%S"),
                row["feedback_score"],
            )
            for row in rows
        }
        assert shown == {
            (
                user,
                row["question"],
                row["answer"]["answer_text"],
                round(row["latency"] * 1000),
                row["answer"]["create_time"][:19],
                judged(user).get(row["answer_query_token"]),
            )
            for row in of(user)
        }


async def test_a_users_own_figures_agree_with_the_rows(embedded: Api) -> None:
    for user in USERS:
        await take(embedded, as_lines(*ROWS), user)
    await embedded.services.exporter.drain()
    for user in USERS:
        data = await embedded.call(INSIGHTS, user)
        figures = data["viewer"]["insights"]
        scores = list(judged(user).values())
        assert figures["turns"] == len(of(user))
        assert figures["sessions"] == len({row["session"]["name"] for row in of(user)})
        assert figures["feedback"] == {"good": scores.count(1), "bad": scores.count(0)}


@pytest.mark.parametrize("name", ["latency", "answer", "session", "question"])
async def test_a_row_that_lacks_something_loses_no_other(embedded: Api, name: str) -> None:
    broken = {key: value for key, value in of(ANNA)[0].items() if key != name}
    report = await take(embedded, as_lines(broken, *of(ANNA)[1:]))
    taken = report["turns"]["added"] + report["turns"]["refused"]
    left_out = sum(each["count"] for each in report["leftOut"])
    assert taken + left_out == 3
    assert report["turns"]["added"] >= 2
