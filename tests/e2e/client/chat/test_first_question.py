"""A new user is told how to begin, and the switches they set apply to the first question."""

from typing import Any

import pytest

from tests.e2e.client.app_pages import (
    Requests,
    go_to,
    keys,
    press,
    run,
    submit,
)
from tests.e2e.client.chat.chat_page import answered, ask, draft, open_page, shown, type_question
from tests.e2e.served_api import ServedApi


def test_a_new_user_is_told_how_to_begin(api: ServedApi) -> None:
    page = open_page()

    assert [c.value for c in page.sidebar.caption] == [
        "No sessions yet. Your first question starts one."
    ]
    assert [h.value for h in page.header] == ["Welcome to Recollect"]
    assert shown(page) == []
    assert len(keys(page, "example-")) == 4

    press(page, "example-1")
    ((question, answer),) = shown(page)
    assert answer == f"Answer to: {question}"
    press(page, "new")
    assert [h.value for h in page.header] == ["New session"]
    assert keys(page, "example-") == []


def privacy(api: ServedApi) -> Any:
    """Whether turns are saved, and whether analysts see them."""
    found = api.query(
        "{ viewer { preferences { privacySettings { saveConversations analyticsOptIn } } } }"
    )["viewer"]["preferences"]["privacySettings"]
    return found["saveConversations"], found["analyticsOptIn"]


@pytest.mark.parametrize(
    ("key", "on", "in_force", "recorded"),
    [
        ("first-saving", False, (False, False), (None, None)),
        ("first-analytics", True, (True, True), ("Why?", "Answer to: Why?")),
    ],
)
def test_what_a_new_user_switches_holds_for_the_first_question(
    api: ServedApi,
    monkeypatch: pytest.MonkeyPatch,
    key: str,
    on: bool,
    in_force: tuple[bool, bool],
    recorded: tuple[str | None, str | None],
) -> None:
    counted = Requests(api, monkeypatch)
    page = open_page()
    page.toggle(key=key).set_value(on)
    assert counted.of(page) == [2]
    assert page.toggle(key=key).value is on
    # In a form the browser would not send the change before the form's button is pressed.
    assert not page.toggle(key=key).proto.form_id

    type_question(page, "Why?")
    assert counted.of(page)[:3] == [1, 2, 1]

    assert shown(page) == answered("Why?")
    assert privacy(api) == in_force
    assert api.turns() == [recorded]


def test_a_first_question_waits_until_what_was_switched_is_in_force(api: ServedApi) -> None:
    page = open_page()
    page.toggle(key="first-saving").set_value(False)
    api.lose_answers = True
    ask(run(page), "secret")
    api.lose_answers = False
    assert draft(page) == "secret"
    assert api.turns() == []

    submit(page, "Send again")

    assert shown(page) == answered("secret")
    ((question, answer),) = api.turns()
    assert question is answer is None


def test_what_was_decided_on_the_page_privacy_is_not_undone_by_the_first_question(
    api: ServedApi,
) -> None:
    page = open_page()
    page.toggle(key="first-analytics").set_value(True)
    go_to(run(page), "privacy")
    page.toggle(key="preference-privacySettings.saveConversations").set_value(False)
    go_to(run(page), "chat")

    ask(page, "secret")

    assert privacy(api) == (False, True)
