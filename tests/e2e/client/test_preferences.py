"""Preferences of a person and of one session against a real API, in Streamlit's own test harness."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from client.api.enums import FontSize, ResponseStyle
from client.widgets.session_preferences import INHERIT
from tests.e2e.client.app_pages import (
    Requests,
    choose,
    keys,
    new_page,
    open_page,
    press,
    problems,
    run,
)
from tests.e2e.served_api import ServedApi

OTHER = "ben@example.com"
FIELD = "languagePreference"
LANGUAGE = f"preference-{FIELD}"
ZONE = "notificationSettings.timeZone"
CHOSEN_ZONE = f"preference-{ZONE}"
IN_FORCE = (
    "{ viewer { preferences { responseStyle languagePreference uiSettings { fontSize showCitations }"
    " privacySettings { saveConversations analyticsOptIn } notificationSettings { timeZone } } } }"
)


def in_force(api: ServedApi, user: str | None = None) -> Any:
    return api.query(IN_FORCE, user=user)["viewer"]["preferences"]


def style_sheet(page: AppTest) -> str:
    return "".join(html.value for html in page.html)


def speak(page: AppTest, language: str) -> None:
    page.selectbox(key=LANGUAGE).set_value(language)
    run(page)


def badges(page: AppTest) -> list[str]:
    """Where each preference comes from, in the page's order."""
    return [each.value for each in page.main.markdown if "-badge[" in each.value]


def test_a_preference_is_changed_takes_effect_and_is_reset(api: ServedApi) -> None:
    before = in_force(api)
    page = open_page("preferences")
    assert keys(page, "reset-") == []

    page.selectbox(key="preference-uiSettings.fontSize").set_value(FontSize.LARGE)
    run(page)
    assert in_force(api)["uiSettings"]["fontSize"] == "LARGE"
    assert "19px" in style_sheet(page)
    assert [badge.count("Yours") for badge in badges(page)].count(1) == 1
    assert [said.value for said in page.toast] == ["Saved."]
    assert in_force(api, OTHER) == before

    page.toggle(key="preference-uiSettings.showCitations").set_value(False)
    run(page)
    press(page, "reset-uiSettings.fontSize")
    assert in_force(api)["uiSettings"] == {"fontSize": "MEDIUM", "showCitations": False}

    press(page, "reset")
    assert in_force(api) == before
    assert [said.value for said in page.success] == [
        "All preferences are back to the service's defaults."
    ]


def test_languages_are_chosen_by_name_and_styles_by_what_they_lead_to(api: ServedApi) -> None:
    page = open_page("preferences")
    names = page.selectbox(key=LANGUAGE).options
    assert {"Deutsch · German", "português (Brasil) · Portuguese (Brazil)"} <= {*names}
    assert names == sorted(names, key=str.casefold)
    speak(page, "pt-BR")
    assert in_force(api)["languagePreference"] == "pt-BR"
    assert len(page.radio(key="preference-responseStyle").options) == len(ResponseStyle)


def test_the_pages_speak_the_language_that_was_chosen_and_of_no_one_else(api: ServedApi) -> None:
    page = open_page("preferences")
    speak(page, "de-AT")
    assert [header.value for header in page.header] == ["Einstellungen"]
    assert any("Ihre Wahl" in badge for badge in badges(page))
    assert [header.value for header in open_page("library").header] == ["Bibliothek"]
    assert [header.value for header in open_page("library", OTHER).header] == ["Library"]


def test_a_time_zone_is_chosen_from_a_list(api: ServedApi) -> None:
    page = open_page("preferences")
    names = page.selectbox(key=CHOSEN_ZONE).options
    assert {"America/New York", "Asia/Kolkata", "UTC"} <= {*names}
    assert names == sorted(names, key=str.casefold)

    page.selectbox(key=CHOSEN_ZONE).set_value("America/New_York")
    run(page)
    assert in_force(api)["notificationSettings"]["timeZone"] == "America/New_York"
    assert [said.value for said in page.toast] == ["Saved."]

    # A zone that another program set by an older name is in the list as well.
    api.query(
        "mutation { updatePreferences(input: {preferences: {notificationSettings: "
        '{timeZone: "US/Eastern"}}}) { userErrors { message } } }'
    )
    assert run(page).selectbox(key=CHOSEN_ZONE).value == "US/Eastern"
    press(page, f"reset-{ZONE}")
    assert page.selectbox(key=CHOSEN_ZONE).value == "UTC"


def test_a_number_that_is_refused_says_why_and_is_kept_until_it_is_mended_or_let_go(
    api: ServedApi,
) -> None:
    page = open_page("privacy")
    field = "privacySettings.dataRetentionDays"
    days = f"preference-{field}"

    def typed(number: int) -> None:
        page.number_input(key=days).set_value(number)
        run(page)

    typed(500)
    assert len(problems(page)) == 1
    assert not page.toast
    page.toggle(key="preference-privacySettings.analyticsOptIn").set_value(True)
    run(page)
    assert len(problems(page)) == 1
    assert page.number_input(key=days).value == 500

    press(page, f"drop-{field}")
    assert (page.number_input(key=days).value, problems(page)) == (90, [])


def test_a_language_chosen_while_the_api_is_away_is_kept_and_can_be_saved_later(
    stopped_api: ServedApi,
) -> None:
    with stopped_api.running():
        page = open_page("preferences")
    speak(page, "de")
    assert page.selectbox(key=LANGUAGE).value == "de"

    with stopped_api.running():
        press(page, "again")
        assert page.selectbox(key=LANGUAGE).value == "de"
        assert in_force(stopped_api)["languagePreference"] == "en"
        press(page, f"save-{FIELD}")
        assert in_force(stopped_api)["languagePreference"] == "de"
        assert problems(page) == []


def test_another_person_in_the_same_tab_sees_their_own_preferences(api: ServedApi) -> None:
    page = open_page("preferences")
    page.radio(key="preference-responseStyle").set_value(ResponseStyle.CONCISE)
    run(page)

    page.query_params["user"] = OTHER
    run(page)

    assert page.radio(key="preference-responseStyle").value == ResponseStyle.DETAILED
    assert not any("Yours" in badge for badge in badges(page))


def test_a_stopped_api_is_one_calm_sentence_and_changes_nothing(stopped_api: ServedApi) -> None:
    page = open_page("preferences")
    assert len(problems(page)) == 1
    assert not page.selectbox

    with stopped_api.running():
        press(page, "again")
        assert problems(page) == []
    page.radio(key="preference-responseStyle").set_value(ResponseStyle.CONCISE)
    run(page)
    assert len(problems(page)) == 1
    assert page.radio(key="preference-responseStyle").value == ResponseStyle.DETAILED

    with stopped_api.running():
        press(page, "again")
        assert in_force(stopped_api)["responseStyle"] == "DETAILED"


def test_a_rerun_makes_one_request_and_one_more_for_a_change(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Requests(api, monkeypatch)
    page = open_page("preferences")
    assert counted.of(page) == [1]

    page.radio(key="preference-responseStyle").set_value(ResponseStyle.CONCISE)
    assert counted.of(page) == [2]


def test_one_session_has_preferences_of_its_own_and_gives_them_up(api: ServedApi) -> None:
    session, other = api.record("mine"), api.record("other")
    page = run(new_page(session=session))
    overrides = "query ($id: ID!) { viewer { session(id: $id) { preferences { responseStyle } } } }"

    def style(which: str) -> Any:
        found = api.query(overrides, id=which)["viewer"]["session"]
        return found["preferences"]["responseStyle"]

    choose(page, "session-menu", "Preferences")
    assert of_session(page) == ["Default"] * 4
    choices = ["session-style", "session-language", "session-sources"]
    assert [page.selectbox(key=key).value for key in choices] == [INHERIT] * 3
    page.selectbox(key="session-style").set_value(ResponseStyle.TECHNICAL)
    run(page)
    assert (style(session), style(other)) == ("TECHNICAL", "DETAILED")

    choose(page, "session-menu", "Preferences")
    assert of_session(page) == ["This session", "Default", "Default", "Default"]
    assert page.selectbox(key="session-style").value == ResponseStyle.TECHNICAL
    assert "català · Catalan" in page.selectbox(key="session-language").options
    page.selectbox(key="session-language").set_value("ca")
    run(page)
    assert problems(page) == []
    assert style(session) == "TECHNICAL"
    choose(page, "session-menu", "Preferences")
    assert page.selectbox(key="session-language").value == "ca"
    assert of_session(page) == ["This session", "This session", "Default", "Default"]
    page.selectbox(key="session-style").set_value(INHERIT)
    run(page)
    assert style(session) == "DETAILED"


def of_session(page: AppTest) -> list[str]:
    """Where the preferences in the dialog come from, in their order."""
    said = [each.value for each in page.markdown if each.value.startswith(":gray-badge[")]
    return [badge.removeprefix(":gray-badge[").removesuffix("]") for badge in said]


def test_preferences_of_a_session_that_is_gone_or_out_of_reach_say_so(
    stopped_api: ServedApi,
) -> None:
    with stopped_api.running():
        session = stopped_api.record("mine")
        page = run(new_page(session=session))
        choose(page, "session-menu", "Preferences")
        stopped_api.query(
            "mutation ($id: ID!) { deleteSession(input: {sessionId: $id}) { userErrors { message } } }",
            id=session,
        )
        page.selectbox(key="session-style").set_value(ResponseStyle.CONCISE)
        run(page)
        assert problems(page)
    page = run(new_page(session=session))
    assert len(problems(page)) == 1


def test_what_somebody_new_switches_is_saved_at_once(api: ServedApi) -> None:
    page = run(new_page())
    assert page.toggle(key="first-saving").value is True
    assert page.toggle(key="first-analytics").value is False

    page.toggle(key="first-saving").set_value(False)
    run(page)

    assert in_force(api)["privacySettings"] == {"saveConversations": False, "analyticsOptIn": False}
    assert run(new_page()).toggle(key="first-saving").value is False
    assert run(new_page(OTHER)).toggle(key="first-saving").value is True
    api.record("Why?")
    assert not [toggle for toggle in run(new_page()).toggle if toggle.key == "first-saving"]
