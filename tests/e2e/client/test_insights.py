"""The insights page against a real API, in Streamlit's own test harness."""

import time
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from client.answerers import Failure, no_answer
from recollect import services
from recollect.settings.settings import Settings
from tests.e2e.client.app_pages import (
    Requests,
    captions,
    go_to,
    new_page,
    open_page,
    press,
    problems,
    run,
)
from tests.e2e.client.chat.chat_page import unescaped
from tests.e2e.served_api import ServedApi

OTHER = "ben@example.com"
LAST = """
query ($session: ID!) {
  viewer { session(id: $session) { conversations(last: 1) { nodes { id } } } }
}
"""
JUDGED_BAD = """
mutation ($turn: ID!) {
  submitFeedback(input: {conversationId: $turn, score: 0}) { userErrors { message } }
}
"""
FAILED = """
mutation ($turn: ID!) {
  extendConversation(input: {conversationId: $turn, offset: 0, text: "", failure: TIMEOUT}) {
    userErrors { message }
  }
}
"""
EMPTY = "Nothing in this period. Ask something on the page Chat and come back."


def figures(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def until_mirrored(page: AppTest, turns: str) -> AppTest:
    """Run the page until the mirror has this many turns."""
    deadline = time.monotonic() + 60
    while figures(run(page)).get("Turns") != turns:
        assert time.monotonic() < deadline, figures(page)
        time.sleep(0.2)
    return page


def test_own_use_is_counted_and_nobody_elses(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A microsecond passes each time, so that no midnight falls between the turns: it would make two days.
    ticks = count(services.clock())
    monkeypatch.setattr(services, "clock", lambda: next(ticks))
    session = api.record("How do tides work?", response="The moon pulls.")
    api.record("And storms?", session, response="The air moves.")
    api.record("not mine", response="no", user=OTHER)

    page = until_mirrored(open_page("insights"), "2")

    assert figures(page)["Sessions"] == "1"
    assert figures(page)["Active days"] == "1"
    assert next(h.value for h in page.subheader) == "What each week was about"
    assert page.segmented_control(key="insight-days").value != 7
    page.segmented_control(key="insight-days").set_value(7)
    assert figures(run(page))["Turns"] == "2"

    page.query_params["user"] = "carla@example.com"
    run(page)
    assert figures(page) == {}
    assert EMPTY in captions(page)


def charts(page: AppTest) -> list[str]:
    """The text alternative of each chart."""
    return [chart.proto.alt for chart in page.get("vega_lite_chart")]


def test_charts_tell_what_they_show_to_those_who_do_not_see_them(api: ServedApi) -> None:
    session = api.record("How do tides work?", response="The moon pulls.", responseTimeMs=1500)
    api.record("How do storms work?", session, response="The air moves.", responseTimeMs=2500)
    page = until_mirrored(open_page("insights"), "2")

    weeks, hours, days, times, topics = charts(page)
    assert weeks == "Turns. storms: 1; tides: 1."
    assert hours.startswith("Most turns: ")
    assert days == "Turns of each day: 1 day, 2 at most."
    assert times.startswith("Seconds. Half: ")
    assert topics == "Turns. storms: 1; tides: 1."
    assert captions(page).count("None yet.") == 2, "neither feedback nor topics returned to"


def test_what_is_open_and_what_was_long_is_one_click_away(api: ServedApi) -> None:
    long = api.record("How do tides work?", response="The moon pulls.")
    api.record("And storms?", long, response="The air moves.")
    waiting = api.record("Who *knows*?")
    turn = api.query(LAST, session=waiting)["viewer"]["session"]["conversations"]["nodes"][0]
    api.query(FAILED, turn=turn["id"])
    page = until_mirrored(open_page("insights"), "3")

    assert figures(page)["Unanswered"] == "1"
    opening = {button.key: button.label for button in page.button if button.key}
    assert opening["longest-0"].endswith("· 2 turns")
    assert opening["unanswered-0"] == "Who \\*knows\\*\\?"
    assert no_answer(Failure.TIMEOUT) in map(unescaped, captions(page))
    press(page, "unanswered-0")
    assert page.session_state["tab"].opened == waiting
    go_to(page, "insights")
    press(page, "longest-0")
    assert page.session_state["tab"].opened == long


def test_models_whose_answers_did_not_please_are_compared(api: ServedApi) -> None:
    told: dict[str, Any] = {"response": "The moon.", "model": "large"}
    session = api.record("How do tides work?", **told)
    assert session
    api.record("And storms?", session, **told)
    turn = api.query(LAST, session=session)["viewer"]["session"]["conversations"]["nodes"][0]
    api.query(JUDGED_BAD, turn=turn["id"])
    page = until_mirrored(open_page("insights"), "2")
    assert "Of 100 answers. large, Asked for again: 0; large, Judged bad: 50." in charts(page)


def test_answers_that_take_less_than_a_second_are_shown_in_milliseconds(api: ServedApi) -> None:
    session = api.record("How do tides work?", response="The moon pulls.", responseTimeMs=4)
    page = until_mirrored(open_page("insights"), "1")
    assert "Milliseconds. Half: 4; 95 %: 4; 99 %: 4." in charts(page)

    api.record("And storms?", session, response="The air moves.", responseTimeMs=1500)
    until_mirrored(page, "2")
    assert any(each.startswith("Seconds. Half: ") for each in charts(page))


def test_answers_that_took_no_time_at_all_are_said_to_not_drawn_as_bars_without_length(
    api: ServedApi,
) -> None:
    api.record("How do tides work?", response="The moon pulls.", responseTimeMs=0)

    page = until_mirrored(open_page("insights"), "1")

    assert "All of them within a millisecond." in captions(page)
    assert not any("Milliseconds" in each for each in charts(page))


def test_figures_are_as_of_a_moment_in_the_persons_own_zone(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    kolkata = "Asia/Kolkata"
    monkeypatch.setattr(type(st.context), "timezone", property(lambda _: kolkata))
    api.record("How do tides work?", response="The moon pulls.")
    page = until_mirrored(open_page("insights"), "1")

    fresh = page.session_state["tab"].insights.fresh_as_of
    local = fresh.astimezone(ZoneInfo(kolkata))
    said = next(caption for caption in captions(page) if caption.startswith("As of "))
    assert f"{local:%H:%M}." in said
    assert "UTC" not in said


def test_a_stopped_api_is_one_calm_sentence_and_no_figure_of_before(
    stopped_api: ServedApi,
) -> None:
    with stopped_api.running():
        page = open_page("insights")
        assert EMPTY in captions(page)
    run(page)
    assert len(problems(page)) == 1
    assert EMPTY not in captions(page)

    with stopped_api.running():
        press(page, "again")
        assert problems(page) == []
        assert EMPTY in captions(page)


def test_only_administrators_have_the_page_of_the_service(
    stopped_api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped_api.settings = Settings(
        data_dir=stopped_api.folder, admins=("boss@example.com",), smallest_group=3
    )
    shown: dict[str, str] = {}
    register = st.Page

    def registering(path: Any, **given: Any) -> Any:
        shown[path.stem] = given.get("visibility", "visible")
        return register(path, **given)

    monkeypatch.setattr(st, "Page", registering)
    with stopped_api.running():
        for first in ("search", "library", "preferences", "privacy"):
            shown.clear()
            go_to(new_page("boss@example.com"), first)
            assert shown["service"] == "visible", first
        large = {"preferences": {"uiSettings": {"fontSize": "LARGE"}}}
        stopped_api.query(
            "mutation ($input: UpdatePreferencesInput!) { updatePreferences(input: $input) "
            "{ userErrors { message } } }",
            user="boss@example.com",
            input=large,
        )
        page = go_to(new_page("boss@example.com"), "service")
        assert any("font-size: 19px" in html.value for html in page.html)
        assert any(each.startswith("Counted are the days (UTC) from ") for each in captions(page))

        page = open_page("service", "boss@example.com")
        assert shown["service"] == "visible"
        assert problems(page) == []
        assert [header.value for header in page.header] == ["The service"]
        assert any("at least 3 people" in each for each in captions(page))

        # The next user of the same tab is not an administrator.
        page.query_params["user"] = OTHER
        run(page)
        run(page)
        assert problems(page) == []
        assert shown["service"] == "hidden"
        assert "The service" not in [header.value for header in page.header]
        assert page.session_state["tab"].service is None


def test_a_rerun_makes_one_request(api: ServedApi, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Requests(api, monkeypatch)
    page = open_page("insights")
    assert counted.of(page) == [1]

    page.segmented_control(key="insight-days").set_value(90)
    assert counted.of(page) == [1]
    go_to(page, "chat")


def test_turns_are_shown_by_the_model_that_answered_them(api: ServedApi) -> None:
    told: dict[str, Any] = {"responseTimeMs": 1500, "inputTokens": 2_000, "outputTokens": 80}
    session = api.record("How do tides work?", response="The moon.", model="gpt*4*o", **told)
    api.record("And storms?", session, response="The air.", model="gpt*4*o")
    api.record("And rain?", session, response="The clouds.", model="small")
    api.record("And snow?", session, response="Cold clouds.")

    page = until_mirrored(open_page("insights"), "4")

    (table,) = page.table
    assert "By model" in [subheader.value for subheader in page.subheader]
    assert table.value.to_dict("split")["data"] == [
        ["gpt\\*4\\*o", "2", "1.5 s", "0", "0", "2,000", "80"],
        ["small", "1", "", "0", "0", "", ""],
    ]


def test_without_a_model_there_is_no_table_of_them(api: ServedApi) -> None:
    api.record("How do tides work?", response="The moon pulls.")
    page = until_mirrored(open_page("insights"), "1")
    assert len(page.table) == 0
