"""The privacy page against a real API, in Streamlit's own test harness."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

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
from tests.e2e.served_api import ServedApi

OTHER = "ben@example.com"
RETENTION = "preference-privacySettings.dataRetentionDays"


def retention(api: ServedApi) -> Any:
    found = api.query("{ viewer { preferences { privacySettings { dataRetentionDays } } } }")
    return found["viewer"]["preferences"]["privacySettings"]["dataRetentionDays"]


def held(page: AppTest) -> dict[str, str]:
    """The figures of the stored data, by label."""
    return {metric.label: metric.value for metric in page.metric}


def erase(page: AppTest) -> AppTest:
    page.text_input(key="typed").input("Erase everything")
    run(page)
    return press(page, "erase")


def test_what_is_held_is_the_persons_own(api: ServedApi) -> None:
    api.record("mine")
    api.record("mine, too")
    api.mirror()

    page = open_page("privacy")
    assert held(page) == {
        "Active sessions": "2",
        "Archived": "0",
        "In the trash": "0",
        "Turns": "2",
        "Their text": "13 B",
        "Preferences of yours": "0",
    }
    assert any("you\\@example\\.com" in each.value for each in page.main.markdown)
    (chart,) = page.main.get("vega_lite_chart")
    assert "Turns that expire" in chart.proto.alt
    assert any(each.startswith("Each turn is kept for 90 days.") for each in captions(page))

    page.query_params["user"] = OTHER
    assert held(run(page))["Active sessions"] == "0"
    assert held(page)["Turns"] == "0"
    assert not any("you\\@" in each.value for each in page.main.markdown)
    assert any("There is none yet." in each for each in captions(page))


def test_what_is_asked_at_first_use_has_the_same_names_here(api: ServedApi) -> None:
    page = run(new_page())
    asked = [page.toggle(key=key).label for key in ("first-saving", "first-analytics")]

    assert [toggle.label for toggle in go_to(page, "privacy").toggle] == asked


def test_turns_are_kept_for_a_shorter_time_only_after_a_second_thought(api: ServedApi) -> None:
    before = retention(api)
    page = open_page("privacy")

    page.number_input(key=RETENTION).set_value(30)
    run(page)
    assert retention(api) == before
    assert any("older than 30 days" in m.value for m in page.markdown)
    run(page)
    assert page.number_input(key=RETENTION).value == before

    page.number_input(key=RETENTION).set_value(30)
    run(page)
    press(page, "lower")
    assert retention(api) == 30

    page.number_input(key=RETENTION).set_value(40)
    run(page)
    assert retention(api) == 40


def test_a_retention_over_the_services_limit_is_refused_with_a_reason(api: ServedApi) -> None:
    before = retention(api)
    page = open_page("privacy")

    page.number_input(key=RETENTION).set_value(1_000_000)
    run(page)

    assert len(problems(page)) == 1
    assert retention(api) == before
    assert page.number_input(key=RETENTION).value == 1_000_000
    press(page, "drop-privacySettings.dataRetentionDays")
    assert page.number_input(key=RETENTION).value == before


def test_everything_is_erased_after_it_is_typed_and_reported_by_store(api: ServedApi) -> None:
    api.record("mine")
    api.record("of another", user=OTHER)
    page = open_page("privacy")
    assert page.button(key="erase").disabled

    erase(page)

    assert [said.value for said in page.success] == ["All your data was erased."]
    report = [m.value for m in page.markdown if m.value.endswith(" removed.")]
    assert report[0] == "**Your chats and preferences**: 1 turn, 1 session removed."
    assert report[-1] == "**The answer service**: nothing removed."
    assert held(page)["Active sessions"] == "0"
    assert page.text_input(key="typed").value == ""
    assert api.turns() == []
    assert held(open_page("privacy", OTHER))["Active sessions"] == "1"


def test_the_report_of_an_erasure_is_not_shown_to_the_next_person(api: ServedApi) -> None:
    api.record("mine")
    page = erase(open_page("privacy"))
    assert page.success

    page.query_params["user"] = OTHER
    run(page)

    assert not page.success


def test_a_stopped_api_erases_nothing_and_says_so(stopped_api: ServedApi) -> None:
    page = open_page("privacy")
    assert len(problems(page)) == 1

    with stopped_api.running():
        stopped_api.record("mine")
        press(page, "again")
        assert held(page)["Active sessions"] == "1"
    erase(page)
    assert len(problems(page)) == 1
    assert not page.success

    with stopped_api.running():
        go_to(page, "chat")
        go_to(page, "privacy")
        assert held(page)["Active sessions"] == "1"
        assert problems(page) == []


def test_a_rerun_makes_one_request_and_one_more_for_a_change(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Requests(api, monkeypatch)
    page = open_page("privacy")
    assert counted.of(page) == [1]

    page.toggle(key="preference-privacySettings.analyticsOptIn").set_value(True)
    assert counted.of(page) == [2]
    page.text_input(key="typed").input("erase everything")
    assert counted.of(page) == [1]
    page.button(key="erase").click()
    assert counted.of(page) == [1, 1]
