"""The client in front of the owner's answer app, behind a check of ID tokens that live two minutes.

ANSWER_APP_SECONDS spreads the questions over that time: 300 shows that tokens are renewed.
"""

import os
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser.browsing import Account, ask, opened
from tests.e2e.client.answer_app import AUDIENCE, AnswerApp
from tests.e2e.stack import Stack
from tests.google_metadata import MetadataServer

OVER_SECONDS = float(os.environ.get("ANSWER_APP_SECONDS", "0"))
QUESTIONS = [f"Question {number}?" for number in range(1, 11)]
MARA = "mara@example.com"
TURNS = """
{ viewer { sessions(first: 5) { nodes { conversations(last: 20) { nodes {
  query response citations { uri snippet } answerToken feedback { score } finishReason firstTokenMs
} } } } } }
"""
FORGOT = "The answer service no longer knew this session"


def price(question: str) -> str:
    return f"To “{question}”: the small plan is $5 and the large one is $10 a month."


def seen(page: Page, question: str) -> None:
    answer = page.get_by_test_id("stChatMessage").get_by_text(price(question), exact=True)
    expect(answer).to_be_visible()


def recorded(account: Account) -> list[dict[str, Any]]:
    sessions = account.post(TURNS)["viewer"]["sessions"]["nodes"]
    return [turn for session in sessions for turn in session["conversations"]["nodes"]]


def test_ten_questions_to_the_answer_app_lose_nothing(browser: Browser, tmp_path: Path) -> None:
    metadata = MetadataServer(seconds=120)
    app = AnswerApp(metadata)
    with metadata.running(), app.running():
        stack = Stack(
            tmp_path,
            RECOLLECT_ANSWERER="answer-app",
            RECOLLECT_ANSWER_URL=app.url,
            RECOLLECT_ANSWER_AUTH="google",
            RECOLLECT_ANSWER_AUDIENCE=AUDIENCE,
            GCE_METADATA_HOST=metadata.address,
            GCE_METADATA_IP=metadata.address,
        )
        mara = Account(stack, MARA)
        with stack.running():
            page = opened(browser, stack, MARA)
            _ask(page, QUESTIONS[:5])
            expect(page.get_by_text(FORGOT)).to_have_count(0)
            app.sessions.clear()
            _ask(page, QUESTIONS[5:6])
            expect(page.get_by_text(FORGOT)).to_be_visible()
            _ask(page, QUESTIONS[6:7])
            expect(page.get_by_text(FORGOT)).to_have_count(1)
            page.get_by_test_id("stFeedback").first.get_by_role("radio").first.click()
            _until(lambda: any(turn["feedback"] for turn in recorded(mara)))
            address = page.url
        with stack.running():
            page.goto(address)
            seen(page, QUESTIONS[6])
            _ask(page, QUESTIONS[7:])
            source = page.get_by_test_id("stChatMessage").get_by_text("Sources").last
            source.click()
            link = page.get_by_role("link", name="Tides, a handbook").last
            expect(link).to_have_attribute(
                "href", "https://storage.cloud.google.com/handbooks/tides%20%26%20moon.pdf"
            )
            turns = recorded(mara)
    page.context.close()

    assert [turn["query"] for turn in turns] == QUESTIONS
    assert [turn["response"] for turn in turns] == list(map(price, QUESTIONS))
    assert all(turn["citations"][0]["uri"].startswith("gs://handbooks/") for turn in turns)
    assert all(len(turn["citations"][0]["snippet"]) <= 300 for turn in turns)
    assert [turn["answerToken"] for turn in turns] == [f"token-{n}" for n in range(10)]
    assert app.refused == 0
    assert len(set(app.sessions.values())) == 1
    assert MARA not in app.sessions.values()


def _ask(page: Page, questions: list[str]) -> None:
    for question in questions:
        began = time.monotonic()
        ask(page, question)
        seen(page, question)
        expect(page.get_by_role("button", name="What does the large plan add?")).to_have_count(1)
        left = OVER_SECONDS / len(QUESTIONS) - (time.monotonic() - began)
        page.wait_for_timeout(max(0.0, left) * 1000)


def _until(done: Any) -> None:
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.2)
