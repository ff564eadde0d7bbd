"""A rerun asks the API for nothing when nothing changed, and only then."""

import time
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from client.api.enums import ResponseStyle
from client.state import live, rerunning
from client.state.browser_tab import Tab
from recollect.settings.settings import Settings
from tests.e2e.client.app_pages import Requests, go_to, keys, new_page, run
from tests.e2e.served_api import ServedApi

OTHER = "ben@example.com"
GROWN = """
mutation ($turn: ID!) {
  extendConversation(input: {conversationId: $turn, offset: 0, text: "Yes, "}) {
    userErrors { message }
  }
}
"""
CONCISE = """
mutation {
  updatePreferences(input: {preferences: {responseStyle: CONCISE}}) { userErrors { message } }
}
"""
PAGES = ("chat", "search", "library", "insights", "preferences", "privacy", "service")


@pytest.fixture(autouse=True)
def not_aged(monkeypatch: pytest.MonkeyPatch, patient: None) -> None:
    """A page stays current for as long as a slow machine needs."""
    monkeypatch.setattr(rerunning, "AGED_SECONDS", 3600)
    monkeypatch.setattr(live, "HEARD_SECONDS", 3600)


def tab_of(page: AppTest) -> Tab:
    tab: Tab = page.session_state["tab"]
    return tab


def told(page: AppTest) -> None:
    """Wait until the tab has been notified of a change."""
    deadline = time.monotonic() + 60
    while all(each.quiet for each in tab_of(page).listening):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def questions(page: AppTest) -> list[str]:
    return [message.text[0].value for message in page.chat_message if message.name == "user"]


@pytest.fixture
def api(stopped_api: ServedApi) -> Iterator[ServedApi]:
    """The API, with a user who may see all pages."""
    stopped_api.settings = Settings(
        data_dir=stopped_api.folder, admins=("you@example.com", OTHER), smallest_group=2
    )
    with stopped_api.running():
        yield stopped_api


def opened(name: str) -> AppTest:
    """The page of this name; the search page has words to search for."""
    page = run(new_page())
    if name == "search":
        page.text_input(key="words").input("zebra")
        return run(page)
    return page if name == "chat" else go_to(page, name)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_read_once_until_something_changes(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    api.record("zebra", response="Yes.")
    page = opened(name)
    counted = Requests(api, monkeypatch)
    assert counted.of(page) == [0]
    page.button(key="shortcuts").click()
    assert counted.of(page) == [0]

    api.record("another zebra", response="Yes.")
    told(page)
    assert counted.of(page) == [1]
    assert counted.of(page) == [0]

    api.query(CONCISE)
    told(page)
    assert counted.of(page) == [1]
    preferences = tab_of(page).preferences
    assert preferences
    assert preferences.response_style is ResponseStyle.CONCISE
    assert counted.of(page) == [0]

    monkeypatch.setattr(rerunning, "AGED_SECONDS", 0)
    assert counted.of(page) == [1]


@pytest.mark.parametrize("name", PAGES)
def test_another_person_in_the_same_tab_gets_nothing_that_was_read_before(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    api.record("zebra of mine", response="Yes.")
    api.query(CONCISE)
    page = opened(name)
    mine = tab_of(page)
    assert mine.preferences
    assert mine.preferences.response_style is ResponseStyle.CONCISE
    counted = Requests(api, monkeypatch)

    page.query_params["user"] = OTHER
    assert counted.of(page)[0] > 0

    theirs = tab_of(page)
    assert theirs is not mine
    assert theirs.api is not mine.api
    assert theirs.preferences
    assert theirs.preferences.response_style is not ResponseStyle.CONCISE
    assert "zebra of mine" not in str(page.main) + str(page.sidebar)


def test_what_changed_elsewhere_is_shown(api: ServedApi) -> None:
    session = api.record("zebra", response="Yes.")
    pages = {name: opened(name) for name in ("search", "library", "insights", "privacy")}
    api.record("zebra, too", response="Yes.")
    api.record("and a zebra", session, response="Yes.")
    api.mirror()
    for page in pages.values():
        told(page)
        run(page)

    assert len(tab_of(pages["search"]).search.hits) == 3
    assert {row.conversation_count for row in tab_of(pages["library"]).library.rows} == {1, 2}
    for name in ("insights", "privacy"):
        assert {each.label: each.value for each in pages[name].metric}["Turns"] == "3"


def test_other_figures_are_read_for_another_period(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, key in (("insights", "insight-days"), ("service", "service-days")):
        page = opened(name)
        with monkeypatch.context() as counting:
            counted = Requests(api, counting)
            page.segmented_control(key=key).set_value(90)
            assert counted.of(page) == [1]
            assert counted.of(page) == [0]


def test_an_own_change_is_read_and_more_rows_cost_one_request(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(21):
        api.record(f"zebra {number}", response="Yes.")
    library = opened("library")
    preferences = opened("preferences")
    counted = Requests(api, monkeypatch)

    library.button(key="library-more").click()
    assert counted.of(library) == [1]
    assert len(tab_of(library).library.rows) == 21
    library.text_input(key="library-title").input("zebra 7")
    assert counted.of(library) == [1]
    assert len(tab_of(library).library.rows) == 1
    preferences.radio(key="preference-responseStyle").set_value(ResponseStyle.CONCISE)
    assert counted.of(preferences) == [2]


def test_a_page_that_could_not_be_read_is_asked_for_at_each_run(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An input that was refused is not sent again: it would be refused again."""
    page = opened("library")
    counted = Requests(api, monkeypatch)
    page.text_input(key="library-title").input("x")
    api.lose_answers = True
    assert counted.of(page) == [1]
    assert page.error
    assert counted.of(page) == [1]
    api.lose_answers = False
    assert counted.of(page) == [1]
    assert not page.error
    assert counted.of(page) == [0]

    page.switch_page("search.py")
    page.query_params["q"] = "before:2026"
    run(page)
    assert tab_of(page).search.refused
    assert counted.of(page) == [0]


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

    # In another language the navigation is redrawn.
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


def test_a_page_with_an_unanswered_turn_is_read_when_the_turn_changes(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = api.record("Is there an answer?")
    page = run(new_page(session=session))
    # The turn may have changed before the page began to listen to it.
    run(page)
    counted = Requests(api, monkeypatch)
    assert counted.of(page) == [0]

    (turn,) = tab_of(page).turns.rows
    api.query(GROWN, turn=turn.id)
    told(page)

    assert counted.of(page) == [1]
    assert tab_of(page).turns.rows[0].partial_response == "Yes, "
    assert counted.of(page) == [0]


def test_the_way_back_from_another_page_is_read(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.record("mine", response="Yes.")
    page = run(new_page())
    run(page.switch_page("privacy.py"))
    counted = Requests(api, monkeypatch)

    page.switch_page("chat.py")
    assert counted.of(page) == [1]
