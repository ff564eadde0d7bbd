"""Actions and waits that tests in a browser share."""

import time
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, expect

from tests.e2e.stack import Stack

WAIT = 240_000
"""The longest wait in milliseconds, for a busy machine; a wait ends as soon as its condition is met."""
LIGHT, DARK = "rgb(255, 255, 255)", "rgb(23, 22, 20)"
FADED = 2000
"""Milliseconds after which nothing is still fading in; a text that does would be measured as too faint."""
RECORD = """
mutation ($input: RecordConversationInput!) {
  recordConversation(input: $input) { session { id } userErrors { message } }
}
"""
TURNS = """
{ viewer { sessions(first: 20) { nodes {
  id title pinned tags status conversations(last: 20) { nodes { query response } }
} } } }
"""


class Account:
    """One person's chats, accessed without the browser."""

    def __init__(self, stack: Stack, user: str) -> None:
        self._stack, self.user = stack, user

    def post(self, query: str, **variables: Any) -> Any:
        """The data of an operation."""
        answer = httpx.post(
            f"http://127.0.0.1:{self._stack.api_port}/graphql",
            headers={"X-Recollect-Dev-User": self.user},
            json={"query": query, "variables": variables},
            timeout=60,
        ).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def record(self, query: str, response: str = "An answer.", **given: Any) -> str:
        """Record an answered turn; returns its session's id."""
        turn = {"query": query, "response": response, "responseTimeMs": 1200, **given}
        recorded = self.post(RECORD, input=turn)["recordConversation"]
        assert recorded["userErrors"] == []
        session: str = recorded["session"]["id"]
        return session

    def take(self, archive: str) -> None:
        """Import a file of chats."""
        answer = httpx.post(
            f"http://127.0.0.1:{self._stack.api_port}/imports",
            headers={"X-Recollect-Dev-User": self.user},
            content=archive,
            timeout=60,
        )
        assert answer.json()["complete"], answer.text

    def sessions(self) -> list[dict[str, Any]]:
        """The sessions outside the trash, with their turns."""
        nodes: list[dict[str, Any]] = self.post(TURNS)["viewer"]["sessions"]["nodes"]
        return nodes

    def turns(self) -> list[tuple[str, str | None]]:
        """Question and answer of each turn of each session, latest session first."""
        return [
            (turn["query"], turn["response"])
            for session in self.sessions()
            for turn in session["conversations"]["nodes"]
        ]


def opened(
    browser: Browser,
    stack: Stack,
    user: str,
    path: str = "",
    width: int = 1200,
    background: str = DARK,
) -> Page:
    """A page of the client in a browser of its own, once it has taken on the theme's background."""
    page = browser.new_context(
        viewport={"width": width, "height": 800}, timezone_id="Asia/Tokyo"
    ).new_page()
    page.set_default_timeout(WAIT)
    page.goto(f"{stack.url}/{path}{'&' if '?' in path else '?'}user={user}")
    dressed(page, background)
    return page


def dressed(page: Page, background: str = DARK) -> None:
    """Wait until the page has the theme's background; it is loaded twice if the browser's last theme was
    different. Dark is the service's default."""
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", background, timeout=WAIT)


def settled(page: Page) -> None:
    """Wait until the page is drawn and nothing is still running or fading in."""
    page.get_by_role("heading").first.wait_for()
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=WAIT)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=WAIT)
    page.wait_for_timeout(FADED)


def ask(page: Page, question: str) -> None:
    """Type a question and send it."""
    page.get_by_placeholder("Ask anything").fill(question)
    page.keyboard.press("Enter")


def said(page: Page, text: str) -> None:
    """Wait until a message of the open session shows the text."""
    message = page.get_by_test_id("stChatMessage").get_by_text(text, exact=True)
    expect(message).to_be_visible(timeout=WAIT)


def in_menu(page: Page, title: str, choice: str) -> None:
    """Choose from the menu beside a session in the sidebar."""
    side = page.get_by_test_id("stSidebar")
    side.get_by_role("button", name=f"Menu of {title}", exact=True).click()
    page.get_by_role("menuitem", name=choice, exact=True).click()


def listed(page: Page, title: str, count: int = 1) -> None:
    """Wait until the sidebar has this many sessions of that title."""
    side = page.get_by_test_id("stSidebar")
    expect(side.get_by_role("button", name=title, exact=True)).to_have_count(count, timeout=WAIT)


def until(page: Page, condition: str) -> None:
    """Wait until an expression is true on the page, whose policy prevents Playwright's own waits for one."""
    deadline = time.monotonic() + WAIT / 1000
    while not page.evaluate(condition):
        assert time.monotonic() < deadline, condition
        page.wait_for_timeout(100)
