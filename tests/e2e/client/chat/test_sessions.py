"""Sessions on the chat page: opened, renamed, made temporary, and hidden from other users."""

from datetime import datetime
from typing import Any

import pytest

from tests.e2e.client.app_pages import (
    captions,
    choose,
    press,
    problems,
    run,
    submit,
)
from tests.e2e.client.chat.chat_page import WAITING, address, ask, open_page, sessions, shown
from tests.e2e.served_api import ServedApi


def test_another_session_can_be_opened_and_a_new_one_begun(api: ServedApi) -> None:
    older, newer = api.record("older"), api.record("newer")
    page = open_page(newer)

    press(page, f"open-{older}")
    assert shown(page) == [("older", WAITING)]

    press(page, "new")
    assert address(page) is None
    ask(page, "third")
    assert sessions(page) == ["third", "newer", "older"]


@pytest.mark.parametrize("named", ["Session.unknown", "nonsense", "Conversation.a.b"])
def test_an_address_of_no_session_is_said_to_be_so(api: ServedApi, named: str) -> None:
    api.record("mine")

    page = open_page(named)

    assert [h.value for h in page.header] == ["No such session"]
    assert any("Library, under Trash" in caption for caption in captions(page))
    assert sessions(page) == ["mine"]
    assert problems(page) == []


@pytest.mark.parametrize(
    ("title", "said"),
    [("Tides", "Deleted: Tides."), ("How high?", "Deleted: How high\\?")],
)
def test_a_title_with_punctuation_at_its_end_gets_no_full_stop(
    api: ServedApi, title: str, said: str
) -> None:
    session = api.record(title)

    page = choose(open_page(), f"menu-{session}", "Delete")

    assert [notice.value for notice in page.success] == [said]


def test_more_sessions_follow_on_demand_and_stay_while_new_ones_come(api: ServedApi) -> None:
    for number in range(25):
        api.record(f"session {number}")
    page = open_page()
    assert len(sessions(page)) == 20

    press(page, "more-sessions")
    assert sessions(page) == [f"session {n}" for n in range(24, -1, -1)]

    api.record("newest")
    run(page)
    assert sessions(page)[0] == "newest"
    assert len(sessions(page)) == 26


def test_earlier_turns_follow_on_demand_and_stay_while_new_ones_come(api: ServedApi) -> None:
    session = api.record("turn 0")
    for number in range(1, 60):
        api.record(f"turn {number}", session)
    page = open_page(session)
    assert [query for query, _ in shown(page)] == [f"turn {n}" for n in range(10, 60)]

    press(page, "earlier")
    assert [query for query, _ in shown(page)] == [f"turn {n}" for n in range(60)]

    ask(page, "turn 60")
    assert [query for query, _ in shown(page)] == [f"turn {n}" for n in range(61)]


def test_a_hit_opens_its_session_at_that_turn(api: ServedApi) -> None:
    session = api.record("turn 0")
    for number in range(1, 70):
        api.record("zebra" if number == 5 else f"turn {number}", session)
    page = open_page()
    page.text_input(key="words").input("zebra")
    run(page)

    press(page, "hit-0")
    assert [query for query, _ in shown(page)][:2] == ["zebra", "turn 6"]
    assert len(shown(page)) == 50

    press(page, "earlier")
    assert [query for query, _ in shown(page)][:2] == ["turn 0", "turn 1"]
    press(page, "latest")
    assert [query for query, _ in shown(page)][-1] == "turn 69"


def test_a_session_is_renamed_pinned_tagged_archived_and_deleted_with_undo(api: ServedApi) -> None:
    session = api.record("mine")
    api.record("another")
    page = open_page(session)
    menu = f"menu-{session}"

    choose(page, menu, "Rename")
    next(field for field in page.text_input if field.label == "Title").input("My *own*")
    submit(page, "Rename")
    assert [h.value for h in page.header] == ["My \\*own\\*"]

    choose(page, menu, "Pin")
    assert sessions(page) == ["My \\*own\\*", "another"]
    assert "Pinned" in [c.value for c in page.sidebar.caption]
    choose(page, menu, "Unpin")

    choose(page, menu, "Tags")
    next(field for field in page.text_input if field.label == "Tags").input("deep sea, , *moon*")
    submit(page, "Save")
    assert ":gray-badge[deep sea] :gray-badge[\\*moon\\*]" in [m.value for m in page.markdown]

    choose(page, menu, "Archive")
    assert "inventory" in sessions(page)[1]
    press(page, "undo")
    assert not any("inventory" in label for label in sessions(page))

    choose(page, menu, "Delete")
    assert sessions(page) == ["another"]
    assert address(page) is None
    press(page, "undo")
    assert sessions(page) == ["another", "My \\*own\\*"]


@pytest.mark.parametrize(
    ("choice", "label", "button", "refused"),
    [
        ("Tags", "Tags", "Save", "a" * 51),
        ("Comment", "What was good or bad about this answer?", "Save", "潮" * 2000),
    ],
)
def test_what_was_typed_in_a_dialog_is_there_again_with_the_reason_it_was_refused(
    api: ServedApi, choice: str, label: str, button: str, refused: str
) -> None:
    page = ask(open_page(), "Why?")
    (feedback,) = page.feedback
    feedback.set_value(1)
    run(page)
    prefix = "turn-" if choice == "Comment" else "session-menu"
    (menu,) = [m.key for m in page.menu_button if m.key and m.key.startswith(prefix)]

    def field() -> Any:
        (found,) = [f for f in [*page.text_input, *page.text_area] if f.label == label]
        return found

    choose(page, menu, choice)
    field().input(refused)
    submit(page, button)
    assert len(problems(page)) == 1
    assert field().value == refused

    field().input("short")
    submit(page, button)
    assert problems(page) == []
    assert not [f for f in [*page.text_input, *page.text_area] if f.label == label]


def test_a_title_typed_while_the_api_is_away_is_there_again(stopped_api: ServedApi) -> None:
    with stopped_api.running():
        session = stopped_api.record("mine")
        page = choose(open_page(session), "session-menu", "Rename")
    page.text_input(key="title").input("My own")
    submit(page, "Rename")
    assert page.text_input(key="title").value == "My own"
    assert any("be reached at the moment" in problem for problem in problems(page))

    with stopped_api.running():
        submit(page, "Rename")
        assert [h.value for h in page.header] == ["My own"]


def test_a_temporary_session_is_not_listed_and_can_be_kept(api: ServedApi) -> None:
    page = open_page()
    next(toggle for toggle in page.toggle if toggle.label == "Temporary").set_value(True)
    run(page)
    ask(page, "between us")
    assert sessions(page) == []
    assert "Temporary" in page.markdown[0].value

    choose(page, "session-menu", "Keep")
    assert sessions(page) == ["between us"]


def test_a_session_is_made_temporary_with_undo_and_the_notice_says_when_it_ends(
    api: ServedApi,
) -> None:
    session = api.record("between us")
    api.record("another")
    page = open_page(session)
    choose(page, f"menu-{session}", "Make temporary")
    assert sessions(page) == ["another"]
    assert address(page) == session
    assert [h.value for h in page.header] == ["between us"]
    (notice,) = page.success
    see = "query ($id: ID!) { viewer { session(id: $id) { expiresAt } } }"
    ends = datetime.fromisoformat(api.query(see, id=session)["viewer"]["session"]["expiresAt"])
    assert notice.value == (
        f"Temporary now: between us. It will be gone at {ends.day} {ends:%b %Y, %H:%M}."
    )
    press(page, "undo")
    assert sorted(sessions(page)) == ["another", "between us"]


def test_one_browser_knows_nothing_of_another(api: ServedApi) -> None:
    one, other = open_page(), open_page()
    ask(one, "a question of one")

    assert shown(other) == []
    assert address(other) is None
    assert one.session_state["tab"].api is not other.session_state["tab"].api


def test_another_person_in_the_same_tab_sees_nothing_of_the_first(api: ServedApi) -> None:
    page = ask(open_page(), "a question of one")

    page.query_params["user"] = "ben@example.com"
    run(page)

    assert shown(page) == []
    assert sessions(page) == []
    assert [h.value for h in page.header] == ["No such session"]
