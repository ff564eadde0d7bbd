"""Questions are asked and answered against a real API and a real answer service."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from client.formatting.answer_text import drawn
from tests.e2e.account import archive, session_of
from tests.e2e.client.answer_service import AnswerService
from tests.e2e.client.app_pages import (
    Requests,
    captions,
    choose,
    keys,
    press,
    run,
    submit,
)
from tests.e2e.client.chat.chat_page import (
    WAITING,
    address,
    answered,
    ask,
    open_page,
    sessions,
    shown,
    type_question,
    unescaped,
)
from tests.e2e.served_api import ServedApi


def test_a_question_is_answered_and_a_refresh_comes_back_to_it(api: ServedApi) -> None:
    page = ask(open_page(), "How tall is it?")

    assert shown(page) == answered("How tall is it?")
    assert sessions(page) == ["How tall is it\\?"]
    assert shown(open_page(address(page))) == shown(page)
    assert api.turns() == answered("How tall is it?")


def test_what_was_said_before_and_the_preferences_reach_the_answer_service(
    api: ServedApi, answers: AnswerService
) -> None:
    api.query(
        "mutation { updatePreferences(input: {preferences: {responseStyle: CONCISE,"
        ' languagePreference: "pt-BR"}}) { userErrors { message } } }'
    )
    page = ask(open_page(), "first")

    ask(page, "second")

    wishes, *said = answers.asked[-1]
    assert "pt-BR" in wishes["content"]
    assert "few sentences" in wishes["content"]
    assert [message["content"] for message in said] == ["first", "Answer to: first", "second"]


def test_a_turn_that_waits_can_be_answered_later(api: ServedApi) -> None:
    page = open_page(api.record("first"))
    assert shown(page) == [("first", WAITING)]

    (button,) = [b.key for b in page.button if b.key and b.key.startswith("answer-")]
    press(page, button or "")

    assert shown(page) == answered("first")
    assert api.turns() == answered("first")


def test_an_answer_and_the_open_chat_are_copied_with_one_click(api: ServedApi) -> None:
    session = api.record("first", response="</script> one")
    api.record("second", session, response="two")
    page = open_page(session)

    def copied() -> list[str]:
        """The text that the browser was told to copy."""
        bodies = [
            html.proto.body for html in page.get("html") if "navigator.clipboard" in html.proto.body
        ]
        return [json.loads(body.rpartition("(...")[2].partition(");\n")[0])[1] for body in bodies]

    press(page, keys(page, "copy-")[0])
    assert copied() == ["</script> one"]
    run(page)
    assert copied() == []
    choose(page, "session-menu", "Copy the chat")
    assert copied() == ["**You:** first\n\n</script> one\n\n**You:** second\n\ntwo"]


def test_a_day_is_named_once_where_it_begins(api: ServedApi) -> None:
    then = datetime(2026, 3, 9, 12, tzinfo=UTC)
    old = session_of("old", then, "", {}, [("Why?", "Because.", {}), ("Really?", "Yes.", {})])
    file = {**archive(then), "sessions": [old]}
    answer = httpx.post(f"{api.url}/imports", content=json.dumps(file), timeout=60)
    assert answer.json()["complete"]
    session = api.query("{ viewer { sessions(first: 1) { nodes { id } } } }")["viewer"]["sessions"]
    page = open_page(session["nodes"][0]["id"])

    ask(page, "And now?")

    days = [caption for caption in captions(page) if caption in ("Today", "Monday, 9 March 2026")]
    assert days == ["Monday, 9 March 2026", "Today"]


def test_a_question_right_after_new_session_opens_one(api: ServedApi) -> None:
    page = open_page(api.record("the old one", response="yes"))
    page.button(key="new").click()

    # In the same run of the page, as when the browser is faster than the page.
    ask(page, "the new one")

    assert shown(page) == answered("the new one")
    assert api.turns() == [*answered("the new one"), ("the old one", "yes")]
    assert sessions(page) == ["the new one", "the old one"]


def test_unsaved_turns_are_shown_until_the_session_is_left(api: ServedApi) -> None:
    api.query(
        "mutation { updatePreferences(input: {preferences: {privacySettings:"
        " {saveConversations: false}}}) { userErrors { message } } }"
    )

    page = ask(open_page(), "secret")
    assert shown(page) == answered("secret")
    ((question, answer),) = api.turns()
    assert question is answer is None

    kept = address(page)
    press(page, "new")
    press(page, f"open-{kept}")
    assert shown(page) == [("The text of this turn is not kept.",) * 2]


def test_a_rerun_makes_two_requests_at_most(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(22):
        session = api.record(f"session {number}")
    counted = Requests(api, monkeypatch)
    page = open_page()

    def requests(*keys: str) -> list[int]:
        """The number of requests of each rerun that clicks on these buttons caused."""
        for key in keys:
            page.button(key=key).click()
        return counted.of(page)

    assert requests() == [1]
    assert requests(f"open-{session}") == [1]
    assert requests("palette") == [1]
    assert requests("more-sessions") == [2]
    type_question(page, "turn")
    # The page may hear of its own change as if it came from elsewhere, which costs one more rerun.
    assert requests()[:3] == [1, 2, 1]
    page.text_input(key="words").input("session")
    # The first rerun switches to the search page, the second shows it.
    assert requests() == [0, 1]
    assert requests("more-hits") == [2]


def test_an_answer_is_judged_commented_and_deleted(api: ServedApi) -> None:
    page = ask(open_page(), "Why?")
    feedback = "query { viewer { sessions(first: 1) { nodes { conversations(last: 1) { nodes {" + (
        " id feedback { score comment } } } } } } }"
    )

    def kept() -> Any:
        (node,) = api.query(feedback)["viewer"]["sessions"]["nodes"]
        return node["conversations"]["nodes"]

    (turn,) = kept()
    page.feedback(key=f"thumbs-{turn['id']}").set_value(1)
    run(page)
    assert kept()[0]["feedback"] == {"score": 1, "comment": None}

    choose(page, f"turn-{turn['id']}", "Comment")
    next(area for area in page.text_area if area.label.startswith("What was good")).input("Clear.")
    submit(page, "Save")
    assert kept()[0]["feedback"] == {"score": 1, "comment": "Clear."}

    choose(page, f"turn-{turn['id']}", "Delete")
    press(page, "delete-turn")
    assert kept() == []
    assert shown(page) == []


def test_text_is_shown_as_it_was_typed(api: ServedApi) -> None:
    text = "# <b>bold</b> *not* [a](b) :red[x] $y$ `z`\nsecond line"

    page = ask(open_page(), text)

    assert shown(page) == [(text, unescaped(drawn(f"Answer to: {text}")))]
    (label,) = sessions(page)
    assert label.startswith(
        "\\# \\<b\\>bold\\<\\/b\\> \\*not\\* \\[a\\]\\(b\\) \\:red\\[x\\] \\$y\\$"
    )
    assert not any(element.proto.allow_html for element in page.markdown)
