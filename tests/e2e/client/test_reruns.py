"""A rerun of the chat asks the API for nothing when nothing changed, and only then."""

import time

import pytest
from streamlit.testing.v1 import AppTest

from client.state import live, rerunning
from client.state.browser_tab import Tab
from tests.e2e.client.app_pages import Requests, keys, new_page, run
from tests.e2e.served_api import ServedApi


@pytest.fixture(autouse=True)
def not_aged(monkeypatch: pytest.MonkeyPatch, patient: None) -> None:
    """A page is current for as long as a slow machine takes."""
    monkeypatch.setattr(rerunning, "AGED_SECONDS", 3600)
    monkeypatch.setattr(live, "HEARD_SECONDS", 3600)


def tab_of(page: AppTest) -> Tab:
    tab: Tab = page.session_state["tab"]
    return tab


def told(page: AppTest) -> None:
    """Wait until the tab was told of a change."""
    deadline = time.monotonic() + 60
    while all(each.quiet for each in tab_of(page).lives):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def questions(page: AppTest) -> list[str]:
    return [message.text[0].value for message in page.chat_message if message.name == "user"]


def test_what_changes_nothing_makes_no_request(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = api.record("mine", response="Yes.")
    page = run(new_page(session=session))
    counted = Requests(api, monkeypatch)

    assert counted.of(page) == [0]
    for key in ("palette", "shortcuts", keys(page, "edit-")[0]):
        page.button(key=key).click()
        assert counted.of(page) == [0]
    assert "Edit your question" in [area.label for area in page.text_area]


def test_a_change_elsewhere_is_read(api: ServedApi, monkeypatch: pytest.MonkeyPatch) -> None:
    session = api.record("mine", response="Yes.")
    page = run(new_page(session=session))
    counted = Requests(api, monkeypatch)

    api.record("on another device", session, "No.")
    told(page)

    assert counted.of(page) == [1]
    assert questions(page) == ["mine", "on another device"]


def test_preferences_that_changed_elsewhere_are_read(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.record("mine", response="Yes.")
    page = run(new_page())
    counted = Requests(api, monkeypatch)

    api.query(
        'mutation { updatePreferences(input: {preferences: {languagePreference: "de"}}) {'
        " userErrors { message } } }"
    )
    told(page)

    # In another language the navigation is drawn anew.
    assert counted.of(page) == [1, 0]
    assert page.button(key="new").label == "Neue Sitzung"


def test_what_was_done_here_is_read_before_anybody_tells(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = api.record("mine", response="Yes.")
    page = run(new_page(session=session))
    counted = Requests(api, monkeypatch)

    page.menu_button(key="session-menu").click("Pin")

    assert counted.of(page) == [2]
    assert "Pinned" in [caption.value for caption in page.sidebar.caption]


def test_another_session_and_another_tag_are_read(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (api.record(name, response="Yes.") for name in ("first", "second"))
    page = run(new_page(session=first))
    counted = Requests(api, monkeypatch)

    page.button(key=f"open-{second}").click()
    assert counted.of(page) == [1]
    assert questions(page) == ["second"]

    tab_of(page).tag = "travel"
    assert counted.of(page) == [1]


def test_a_page_is_read_again_while_nobody_can_tell_whether_it_changed(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.record("mine", response="Yes.")
    page = run(new_page())
    counted = Requests(api, monkeypatch)

    monkeypatch.setattr(live, "HEARD_SECONDS", 0)
    assert counted.of(page) == [1]
    monkeypatch.setattr(live, "HEARD_SECONDS", 3600)
    assert counted.of(page) == [0]

    monkeypatch.setattr(rerunning, "AGED_SECONDS", 0)
    assert counted.of(page) == [1]


def test_a_page_with_an_unanswered_turn_is_read_each_time(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = api.record("Is there an answer?")
    page = run(new_page(session=session))
    counted = Requests(api, monkeypatch)

    assert counted.of(page) == [1]


def test_the_way_back_from_another_page_is_read(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.record("mine", response="Yes.")
    page = run(new_page())
    run(page.switch_page("privacy.py"))
    counted = Requests(api, monkeypatch)

    page.switch_page("chat.py")
    assert counted.of(page) == [1]
