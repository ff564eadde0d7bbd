"""What is typed belongs to where it was typed: a field of one thing never shows another's text."""

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.stack import Stack

RECORD = """mutation ($query: String!) { recordConversation(input: {query: $query, response: "So."}) {
  conversation { id } session { id } } }"""
JUDGE = """mutation ($id: ID!) { submitFeedback(input: {conversationId: $id, score: 1}) {
  conversation { id } } }"""


def posted(stack: Stack, document: str, **variables: str) -> dict[str, dict[str, dict[str, str]]]:
    url = f"http://127.0.0.1:{stack.api_port}/graphql"
    answer = httpx.post(url, json={"query": document, "variables": variables}, timeout=60).json()
    data: dict[str, dict[str, dict[str, str]]] = answer["data"]
    return data


def recorded(stack: Stack, query: str) -> str:
    """Record a turn that somebody liked; returns its session's id."""
    turn = posted(stack, RECORD, query=query)["recordConversation"]
    posted(stack, JUDGE, id=turn["conversation"]["id"])
    return turn["session"]["id"]


def choose(page: Page, menu: str, option: str) -> None:
    page.get_by_role("main").locator(menu).get_by_role("button").first.click()
    page.get_by_text(option, exact=True).last.click()


@pytest.mark.parametrize(
    ("menu", "option"),
    [
        (".st-key-session-menu", "Rename"),
        (".st-key-session-menu", "Tags"),
        ("[class*=st-key-turn-]", "Comment"),
    ],
)
def test_text_typed_about_one_thing_is_not_offered_for_another(
    browser: Browser, stack: Stack, menu: str, option: str
) -> None:
    with stack.running():
        sessions = {name: recorded(stack, name) for name in ("First?", "Second?")}
        page = browser.new_page(viewport={"width": 1200, "height": 800})
        page.set_default_timeout(60_000)
        page.goto(f"{stack.url}/?session={sessions['First?']}")
        choose(page, menu, option)
        typed = page.get_by_role("dialog").get_by_role("textbox")
        typed.fill("half a thought of the first")
        page.get_by_role("dialog").get_by_role("button", name="Close").click()
        expect(typed).to_have_count(0)

        page.get_by_test_id("stSidebar").get_by_role("button", name="Second?", exact=True).click()
        expect(page.get_by_role("heading", name="Second?")).to_be_visible()
        choose(page, menu, option)

        expect(typed).to_be_visible()
        expect(typed).not_to_have_value("half a thought of the first")
        page.close()
