"""The API ends while a user is asking a question, and comes back."""

import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser.browsing import Account, ask, opened, said
from tests.e2e.client.answer_service import AnswerService
from tests.e2e.stack import Stack

ANNA = "anna@example.com"
CALM = "Recollect can't be reached at the moment. What you typed is kept; try again shortly."


def calm(page: Page) -> None:
    """Wait until the page says exactly once that the API is away, and reveals no internals."""
    expect(page.get_by_role("alert")).to_have_text(re.compile(re.escape(CALM)))
    expect(page.get_by_test_id("stException")).to_have_count(0)


def press(page: Page, name: str) -> None:
    """Press a button once the page's previous content is gone."""
    button = page.get_by_role("button", name=name, exact=True)
    expect(button).to_have_count(1)
    button.click()


def test_an_api_that_is_killed_in_mid_answer_loses_nothing(
    browser: Browser, tmp_path: Path, answers: AnswerService
) -> None:
    stack = Stack(tmp_path, RECOLLECT_ANSWERER="chat", RECOLLECT_ANSWER_URL=answers.url)
    anna = Account(stack, ANNA)
    answers.going_on.clear()
    with stack.client_apart():
        with stack.serving() as api:
            page = opened(browser, stack, ANNA)
            page.get_by_placeholder("Ask anything").wait_for()
            ask(page, "Why?")
            said(page, "Answer to:")
            api.kill()
            api.wait()

        answers.going_on.set()
        said(page, "Answer to: Why?")
        expect(page.get_by_text("This answer is not saved yet.")).to_be_visible()
        calm(page)
        press(page, "Try again")
        calm(page)
        said(page, "Answer to: Why?")
        ask(page, "And then?")
        expect(page.get_by_label("Your question was not sent")).to_have_value("And then?")
        calm(page)

        with stack.serving():
            press(page, "Try again")
            expect(page.get_by_role("alert")).to_have_count(0)
            said(page, "Answer to: Why?")
            assert anna.turns() == [("Why?", "Answer to: Why?")]
            press(page, "Send again")
            said(page, "Answer to: And then?")
            expect(page.get_by_label("Your question was not sent")).to_have_count(0)
            page.reload()
            said(page, "Answer to: And then?")
            assert anna.turns() == [
                ("Why?", "Answer to: Why?"),
                ("And then?", "Answer to: And then?"),
            ]
            assert len(answers.asked) == 2
    page.context.close()
