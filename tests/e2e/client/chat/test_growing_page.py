"""Answers that grow, on the page: recorded while they arrive, seen elsewhere, and continued."""

import time
from threading import Thread
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from client.answerers import Failure, no_answer
from client.api.client import Client
from client.state import growing
from client.state.answering import CHANGED_ELSEWHERE
from client.state.live import ACCOUNT, Live, turns_of
from client.widgets.turns import ENDINGS, GROWING
from tests.e2e.client.answer_service import AnswerService
from tests.e2e.client.app_pages import (
    Requests,
    captions,
    keys,
    new_page,
    press,
    problems,
    run,
)
from tests.e2e.client.chat.chat_page import answered, ask, shown, unescaped
from tests.e2e.client.test_live import heard
from tests.e2e.served_api import ServedApi

STATES = """
{ viewer { sessions(first: 1) { nodes { id conversations(last: 10) { nodes {
  id answerState failure partialResponse response finishReason
} } } } } }
"""


def turns(api: ServedApi) -> list[dict[str, Any]]:
    """The turns of the latest session."""
    (session,) = api.query(STATES)["viewer"]["sessions"]["nodes"]
    found: list[dict[str, Any]] = session["conversations"]["nodes"]
    return found


def extend(api: ServedApi, text: str, *, failed: bool = False) -> None:
    """Begin the answer of the latest turn without the page."""
    given = {"conversationId": turns(api)[-1]["id"], "offset": 0, "text": text, "failed": failed}
    extended = api.query(
        "mutation ($input: ExtendConversationInput!) { extendConversation(input: $input) { "
        "userErrors { message } } }",
        input=given,
    )
    assert extended["extendConversation"]["userErrors"] == []


def complete(api: ServedApi, turn: str, response: str) -> None:
    api.query(
        "mutation ($input: CompleteConversationInput!) { completeConversation(input: $input) { "
        "userErrors { message } } }",
        input={"conversationId": turn, "response": response},
    )


def broken_off(api: ServedApi) -> tuple[AppTest, str]:
    """A page with an answer that broke off, and the turn's id."""
    session = api.record("Why?")
    extend(api, "Because it", failed=True)
    return run(new_page(session=session)), turns(api)[-1]["id"]


def test_what_has_come_is_kept_before_the_rest_comes(
    api: ServedApi, answers: AnswerService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growing, "EVERY_SECONDS", 0.05)
    answers.going_on.clear()
    session = api.record("Before", response="An answer.")
    page = run(new_page(session=session))
    asking = Thread(target=ask, args=(page, "Why?"))
    asking.start()

    deadline = time.monotonic() + 60
    while turns(api)[-1]["partialResponse"] != "Answer to: " and time.monotonic() < deadline:
        time.sleep(0.05)

    last = turns(api)[-1]
    assert (last["answerState"], last["partialResponse"]) == ("GROWING", "Answer to: ")
    answers.going_on.set()
    asking.join()
    assert shown(page)[-1:] == answered("Why?")
    assert turns(api)[-1]["answerState"] == "ANSWERED"


def test_an_answer_that_grows_elsewhere_is_shown_and_left_to_its_writer(api: ServedApi) -> None:
    session = api.record("Why?")
    extend(api, "Because it")

    page = run(new_page(session=session))

    assert shown(page) == [("Why?", "Because it")]
    assert GROWING in captions(page)
    assert keys(page, "answer-") == keys(page, "go-on-") == []


def test_a_growing_answer_is_heard_of_where_no_session_changes(api: ServedApi) -> None:
    session = api.record("Why?")
    topics = ACCOUNT, turns_of(session)
    sessions, growth = (Live(Client(api.url), topic) for topic in topics)
    for each in (sessions, growth):
        each.begin()

    extend(api, "Because")

    assert heard(growth)
    assert not sessions.take()


def test_a_page_looks_again_once_an_answer_must_have_broken_off() -> None:
    live = Live(Client("http://127.0.0.1:1"), ACCOUNT)
    live.take()
    ran: list[str] = []

    class Page:
        connected = True

        def run_again(self) -> None:
            ran.append("again")

    live.look_again_in(0)
    live._waiting = (Page(), lambda: ran.append("before"))  # type: ignore[assignment]
    live.wake()

    assert ran == ["before", "again"]


def test_a_service_that_fails_is_told_to_everybody(api: ServedApi, answers: AnswerService) -> None:
    answers.status = 401
    ask(run(new_page()), "Why?")

    last = turns(api)[-1]
    assert (last["answerState"], last["failure"]) == ("FAILED", "UNAUTHENTICATED")
    session = api.query(STATES)["viewer"]["sessions"]["nodes"][0]["id"]
    elsewhere = run(new_page(session=session))
    assert shown(elsewhere) == [("Why?", unescaped(no_answer(Failure.UNAUTHENTICATED)))]
    answers.status = 200
    press(elsewhere, keys(elsewhere, "answer-")[0])
    assert shown(elsewhere) == answered("Why?")


def test_a_broken_off_answer_is_kept_and_gone_on_with(
    api: ServedApi, answers: AnswerService, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Requests(api, monkeypatch)
    page, turn = broken_off(api)
    assert shown(page) == [("Why?", "Because it")]
    assert ENDINGS["interrupted"] in map(unescaped, captions(page))

    page.button(key=f"go-on-{turn}").click()
    assert max(counted.of(page)) <= 2

    assert shown(page) == [("Why?", "Because it"), *answered("Go on where you stopped.")]
    kept, _ = turns(api)
    assert (kept["response"], kept["finishReason"]) == ("Because it", "interrupted")
    assert answers.asked[-1][-2]["content"] == "Because it"


def test_a_broken_off_answer_is_written_anew(api: ServedApi) -> None:
    page, turn = broken_off(api)

    press(page, f"answer-{turn}")

    assert shown(page) == answered("Why?")
    assert turns(api)[-1]["partialResponse"] is None


def test_an_answer_that_came_elsewhere_is_not_gone_on_with(api: ServedApi) -> None:
    page, turn = broken_off(api)
    complete(api, turn, "Because it is so.")

    press(page, f"go-on-{turn}")

    assert [*map(unescaped, problems(page))] == [CHANGED_ELSEWHERE]
    assert shown(page) == [("Why?", "Because it is so.")]


def test_what_can_not_be_kept_now_is_gone_on_with_later(api: ServedApi) -> None:
    page, turn = broken_off(api)
    api.lose_answers = True
    press(page, f"go-on-{turn}")
    assert problems(page)
    assert shown(page) == [("Why?", "Because it")]
    api.lose_answers = False
    run(page)
    assert turns(api)[-1]["response"] == "Because it"


def test_an_answer_that_nobody_may_keep_is_sent_to_nobody(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(growing.GrowingAnswer, "write", never)
    session = api.query(
        "mutation { createSession(input: {preferences: {saveConversations: false}}) { session { id } } }"
    )["createSession"]["session"]["id"]
    page = ask(run(new_page(session=session)), "Why?")

    assert shown(page) == answered("Why?")
