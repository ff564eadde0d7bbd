"""The client's pages in a real browser: two people, two tabs, every page, looked at and audited."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.stack import ROOT, Stack

AXE = ROOT / "node_modules/axe-core/axe.min.js"
IMAGES = os.environ.get("TEST_IMAGES")
"""The folder to keep screenshots in; they are not kept otherwise."""
PAGES = {"": "chat", "library": "library", "insights": "insights", "preferences": "preferences"} | {
    "privacy": "privacy"
}
WAIT = 60_000
DARK = "rgb(23, 22, 20)"
FADED = 2000
"""Milliseconds after which nothing fades in any more, which would be measured as too faint."""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = Stack(tmp_path_factory.mktemp("client"))
    with stack.running():
        yield stack


@pytest.fixture
def record(client: Stack) -> Any:
    def recorded(user: str, query: str, response: str = "An answer.", **given: Any) -> str:
        turn = {"query": query, "response": response, "responseTimeMs": 1200, **given}
        answer = httpx.post(
            f"http://127.0.0.1:{client.api_port}/graphql",
            headers={"X-Recollect-Dev-User": user},
            json={
                "query": "mutation ($input: RecordConversationInput!) {"
                " recordConversation(input: $input) { session { id } userErrors { message } } }",
                "variables": {"input": turn},
            },
        ).json()["data"]["recordConversation"]
        assert answer["userErrors"] == []
        session: str = answer["session"]["id"]
        return session

    return recorded


def opened(browser: Browser, client: Stack, user: str, path: str = "", width: int = 1200) -> Page:
    page = browser.new_context(
        viewport={"width": width, "height": 800}, timezone_id="Asia/Tokyo"
    ).new_page()
    page.set_default_timeout(WAIT)
    page.goto(f"{client.url}/{path}{'&' if '?' in path else '?'}user={user}")
    return page


def settled(page: Page) -> None:
    """Wait until the page is drawn and nothing runs any more."""
    # Dark is the service's default, which a new browser takes on by loading the page once more.
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", DARK, timeout=WAIT)
    page.get_by_role("heading").first.wait_for()
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=WAIT)
    page.wait_for_timeout(FADED)


def test_two_people_side_by_side_never_see_each_others_chats(
    browser: Browser, client: Stack, record: Any
) -> None:
    record("anna@example.com", "Annas secret plan")
    session = record("ben@example.com", "Bens own question")
    anna = opened(browser, client, "anna@example.com")
    ben = opened(browser, client, "ben@example.com")
    anna.get_by_role("button", name="Annas secret plan", exact=True).wait_for()
    ben.get_by_role("button", name="Bens own question", exact=True).wait_for()

    expect(anna.get_by_text("Bens own question")).to_have_count(0)
    expect(ben.get_by_text("Annas secret plan")).to_have_count(0)
    stolen = opened(browser, client, "anna@example.com", f"?session={session}")
    expect(stolen.get_by_role("heading", name="No such session")).to_be_visible()
    for page in (anna, ben, stolen):
        page.context.close()


def test_what_another_tab_does_appears_without_a_click(
    browser: Browser, client: Stack, record: Any
) -> None:
    session = record("cleo@example.com", "Where was I?")
    page = opened(browser, client, "cleo@example.com", f"?session={session}")
    page.get_by_test_id("stChatMessage").first.wait_for()

    record("cleo@example.com", "Said on another device", sessionId=session)

    expect(
        page.get_by_test_id("stChatMessage").get_by_text("Said on another device")
    ).to_be_visible(timeout=WAIT)
    page.context.close()


def test_a_deep_link_opens_the_same_chat_elsewhere_and_a_search_hit_its_turn(
    browser: Browser, client: Stack, record: Any
) -> None:
    session = record("dora@example.com", "The very first turn")
    for number in range(60):
        record("dora@example.com", f"turn number {number}", sessionId=session)
    page = opened(browser, client, "dora@example.com", f"?session={session}")
    expect(page.get_by_text("turn number 59", exact=True)).to_be_visible()

    page.get_by_placeholder("Search your history").fill("very first")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Found").wait_for()
    page.get_by_test_id("stSidebar").get_by_role("button", name="The very first turn").first.click()

    expect(page.get_by_test_id("stChatMessage").first).to_contain_text(
        "The very first turn", timeout=WAIT
    )
    page.context.close()


def test_preferences_are_changed_and_take_effect(
    browser: Browser, client: Stack, record: Any
) -> None:
    sources = [{"title": "A book", "source": "https://books.example/1"}]
    session = record("eva@example.com", "Who said so?", citations=sources)
    page = opened(browser, client, "eva@example.com", f"?session={session}")
    expect(page.get_by_text("Sources")).to_be_visible()

    page.get_by_role("link", name="Preferences").click()
    settled(page)
    page.get_by_text("Show sources", exact=True).click()
    expect(page.get_by_text("chosen by you")).to_be_visible()
    page.goto(f"{client.url}/?session={session}&user=eva@example.com")

    expect(page.get_by_test_id("stChatMessage").last).to_contain_text("An answer.")
    expect(page.get_by_text("Sources")).to_have_count(0)
    page.context.close()


def test_an_export_is_imported_again_after_everything_was_erased(
    browser: Browser, client: Stack, record: Any, tmp_path: Path
) -> None:
    record("finn@example.com", "Worth keeping?", "Yes, it is.")
    page = opened(browser, client, "finn@example.com", "library")
    page.get_by_role("button", name="Export all").click()
    page.get_by_role("button", name="Prepare").click()
    with page.expect_download(timeout=WAIT) as downloading:
        page.get_by_role("button", name="Download").last.click()
    file = tmp_path / downloading.value.suggested_filename
    downloading.value.save_as(file)
    assert "Worth keeping?" in file.read_text("utf-8")

    page.goto(f"{client.url}/privacy?user=finn@example.com")
    settled(page)
    page.get_by_label("Type “erase everything” to go on").fill("erase everything")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Erase everything").click()
    expect(page.get_by_text("Everything of yours was erased.")).to_be_visible(timeout=WAIT)

    page.goto(f"{client.url}/library?user=finn@example.com")
    expect(page.get_by_text("Nothing here.")).to_be_visible()
    page.get_by_text("Import", exact=True).first.click()
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("Added: 1 session, 1 turn.")).to_be_visible(timeout=WAIT)
    page.goto(f"{client.url}/library?user=finn@example.com")
    expect(page.get_by_text("Worth keeping?")).to_be_visible()
    page.context.close()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_serious_barrier_and_fits_a_phone(
    browser: Browser, client: Stack, record: Any, path: str
) -> None:
    if not AXE.exists():
        hint = "axe-core is not installed: run `npm ci`"
        if os.environ.get("CI") == "true":
            pytest.fail(hint)
        pytest.skip(hint)
    user = "gus@example.com"
    session = record(user, "How do tides work?", "The **moon** pulls at the sea.\n\n> twice a day")
    record(user, "ما هو المد؟ 潮汐とは", "المد والجزر", sessionId=session)
    where = f"?session={session}" if path == "" else path
    page = opened(browser, client, user, where)
    settled(page)
    if IMAGES:
        page.screenshot(path=Path(IMAGES) / f"{PAGES[path]}.png")

    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")

    serious = [
        {"rule": rule["id"], "where": [node["target"] for node in rule["nodes"]]}
        for rule in found["violations"]
        if rule["impact"] in {"serious", "critical"}
    ]
    assert serious == [], json.dumps(serious, indent=2)
    page.context.close()

    phone = opened(browser, client, user, where, width=380)
    settled(phone)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 380
    if IMAGES:
        phone.screenshot(path=Path(IMAGES) / f"{PAGES[path]}-phone.png")
    phone.context.close()


def test_the_pages_are_reached_by_keyboard_alone(browser: Browser, client: Stack) -> None:
    page = opened(browser, client, "hal@example.com")
    settled(page)

    page.get_by_placeholder("Ask anything").focus()
    page.keyboard.type("What is Recollect?")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"session="))
    expect(page.get_by_test_id("stChatMessage")).to_have_count(2)
    settled(page)
    page.get_by_role("link", name="Library").press("Enter")

    expect(page.get_by_role("heading", name="Library")).to_be_visible()
    page.context.close()
