"""No question or answer is lost when a service fails, and none is recorded twice."""

import sqlite3
from contextlib import closing

import pytest

from tests.e2e.client.answer_service import AnswerService
from tests.e2e.client.app_pages import (
    captions,
    keys,
    press,
    problems,
    run,
    submit,
)
from tests.e2e.client.chat.chat_page import (
    address,
    answered,
    ask,
    draft,
    open_page,
    sessions,
    shown,
)
from tests.e2e.served_api import ServedApi


def test_a_failed_answer_loses_no_question_and_can_be_had_again(
    api: ServedApi, answers: AnswerService
) -> None:
    answers.status = 500
    page = ask(open_page(), "Why?")
    ((question, said),) = shown(page)
    assert question == "Why?"
    assert "answer service" in said
    assert api.turns() == [("Why?", None)]

    answers.status = 200
    (button,) = [b.key for b in page.button if b.key and b.key.startswith("answer-")]
    press(page, button or "")

    assert shown(page) == answered("Why?")


def test_what_came_before_an_answer_broke_off_is_kept_and_gone_on_with(
    api: ServedApi, answers: AnswerService
) -> None:
    answers.breaks_off = True
    page = ask(open_page(), "Why?")

    assert shown(page) == [("Why?", "Answer to:")]
    assert api.turns() == [("Why?", "Answer to: ")]
    for device in (page, open_page(address(page))):
        assert shown(device) == [("Why?", "Answer to:")]
        assert any("broken off" in caption for caption in captions(device))

    answers.breaks_off = False
    (button,) = keys(page, "go-on-")
    press(page, button)

    assert answers.asked[-1][-3:-1] == [
        {"role": "user", "content": "Why?"},
        {"role": "assistant", "content": "Answer to: "},
    ]
    assert keys(page, "go-on-") == []


def test_an_answer_the_api_did_not_take_is_kept_until_it_does(
    api: ServedApi, answers: AnswerService, monkeypatch: pytest.MonkeyPatch
) -> None:
    from client.state.answering import deliver
    from client.transport import UNREACHABLE, ApiError

    def away(*_: object) -> None:
        raise ApiError(UNREACHABLE)

    monkeypatch.setattr("client.state.answering.deliver", away)
    other = api.record("other")
    page = ask(open_page(), "Why?")
    session = address(page)
    assert shown(page) == answered("Why?")
    press(page, f"open-{other}")
    press(page, f"open-{session}")
    assert shown(page) == answered("Why?")
    assert api.turns() == [("Why?", None), ("other", None)]

    monkeypatch.setattr("client.state.answering.deliver", deliver)
    run(page)
    (button,) = [b.key for b in page.button if b.key and b.key.startswith("save-")]
    press(page, button or "")

    assert api.turns() == [*answered("Why?"), ("other", None)]


def test_a_question_whose_confirmation_was_lost_is_not_recorded_twice(api: ServedApi) -> None:
    page = open_page()
    api.lose_answers = True
    ask(page, "once")
    assert draft(page) == "once"
    assert "What you typed is kept" in problems(page)[0]
    assert len(set(problems(page))) == len(problems(page)) == 1

    api.lose_answers = False
    submit(page, "Send again")

    assert problems(page) == []
    assert draft(page) is None
    assert api.turns() == answered("once")


def test_a_question_is_sent_again_to_where_it_was_asked_wherever_one_is_by_then(
    api: ServedApi,
) -> None:
    other = api.record("another session", response="yes")
    page = open_page()
    next(toggle for toggle in page.toggle if toggle.label == "Temporary").set_value(True)
    run(page)
    api.lose_answers = True
    ask(page, "between us")
    api.lose_answers = False
    press(page, f"open-{other}")
    assert shown(page) == [("another session", "yes")]

    submit(page, "Send again")

    assert shown(page) == answered("between us")
    assert any("Temporary: gone at" in markdown.value for markdown in page.markdown)
    assert api.turns() == [("another session", "yes")]


def test_a_question_that_was_changed_after_a_lost_confirmation_is_asked_about(
    api: ServedApi,
) -> None:
    page = open_page()
    api.lose_answers = True
    ask(page, "as first typed")
    api.lose_answers = False

    next(area for area in page.text_area if area.label == "Your question was not sent").input(
        "as changed"
    )
    submit(page, "Send again")
    assert "recorded as you first typed it" in problems(page)[0]
    assert draft(page) == "as changed"

    submit(page, "Send again")
    assert [query for query, _ in api.turns()] == ["as changed", "as first typed"]


def test_a_question_can_be_let_go(api: ServedApi) -> None:
    page = open_page()
    api.lose_answers = True
    ask(page, "never mind")
    api.lose_answers = False

    submit(page, "Discard")

    assert draft(page) is None


def test_a_refused_question_says_why_and_keeps_the_text(api: ServedApi) -> None:
    long = "ü" * (129 * 1024)
    page = ask(open_page(), long)

    assert "the limit is 262144" in problems(page)[0]
    assert draft(page) == long
    assert api.turns() == []


def test_an_unreachable_api_is_one_calm_sentence_until_it_is_back(stopped_api: ServedApi) -> None:
    page = ask(open_page(), "kept")
    assert len(problems(page)) == 1
    assert "be reached at the moment" in problems(page)[0]
    assert draft(page) == "kept"

    with stopped_api.running():
        press(page, "again")
        assert problems(page) == []
        assert draft(page) == "kept"
        submit(page, "Send again")
        assert shown(page) == answered("kept")

    press(page, "new")
    assert sessions(page) == ["kept"]
    assert len(problems(page)) == 1


def test_a_page_that_is_loaded_after_all_no_longer_says_that_it_could_not_be(
    stopped_api: ServedApi,
) -> None:
    page = open_page()
    assert len(problems(page)) == 1
    page.session_state["tab"].drawn = False  # as if a click had cut off the run

    with stopped_api.running():
        assert problems(page.run()) == []


def test_a_store_that_is_unavailable_keeps_the_text(api: ServedApi) -> None:
    session = api.record("first")
    page = open_page(session)
    with closing(sqlite3.connect(api.folder / "store.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        ask(page, "second")
        other.execute("ROLLBACK")

    assert problems(page) == ["This can\\'t be answered at the moment\\; try again shortly\\."]
    assert draft(page) == "second"
    submit(page, "Send again")
    assert [query for query, _ in shown(page)] == ["first", "second"]
