"""How every page looks: in both themes and languages, on a phone, a desktop and a large screen."""

import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.account import archive
from tests.e2e.browser.browsing import DARK, LIGHT, WAIT, Account, dressed, settled
from tests.e2e.browser.looking import barriers, cut_texts, keep_pictures, missed_by_keyboard
from tests.e2e.stack import Stack

IMAGES = os.environ.get("TEST_IMAGES")
"""The folder to keep the documents' pictures in; they are not kept otherwise."""
PAGES = ["", "search?q=price", "library", "insights", "preferences", "privacy", "service"]
PHONE, DESK, LARGE = 380, 1280, 2560
WIDE = {"library": 1400, "insights": 1650, "service": 1650}
"""The minimum width, in pixels, of the content of a page with a table or charts on a large screen."""
THEMES = {DARK: "dark", LIGHT: "light"}
# The documents' pictures are in English.
LOCALES = {DARK: "en-GB", LIGHT: "en-GB" if IMAGES else "de-DE"}
HEIGHTS = {"insights": 1250}
PREFER_LIGHT = """
mutation { updatePreferences(input: {preferences: {uiSettings: {theme: LIGHT}}}) { userErrors { message } } }
"""
MIRRORED = """
query ($range: DateRange!) { viewer { insights(range: $range) { turns } } }
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = Stack(
        tmp_path_factory.mktemp("client"),
        RECOLLECT_ADMINS="mara@example.com,lena@example.com",
        RECOLLECT_SMALLEST_GROUP="2",
    )
    with stack.running():
        yield stack


@pytest.fixture(scope="module")
def accounts(client: Stack) -> dict[str, Account]:
    """Two administrators with six weeks of chats, by the background of the theme they prefer."""
    found = {DARK: Account(client, "mara@example.com"), LIGHT: Account(client, "lena@example.com")}
    for account in found.values():
        account.take(json.dumps(archive(datetime.now(UTC))))
    found[LIGHT].post(PREFER_LIGHT)
    deadline = time.monotonic() + WAIT / 1000
    now = datetime.now(UTC)
    last = {"since": (now - timedelta(days=60)).isoformat(), "until": now.isoformat()}
    for account in found.values():
        while not account.post(MIRRORED, range=last)["viewer"]["insights"]["turns"]:
            assert time.monotonic() < deadline, "the warehouse has no turns"
            time.sleep(0.5)
    return found


@pytest.fixture(scope="module", params=[DARK, LIGHT], ids=["dark", "light"])
def background(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture(scope="module")
def context(browser: Browser, background: str) -> Iterator[BrowserContext]:
    """A browser of one person: the next pages need not load and compile the scripts of the first again."""
    context = browser.new_context(timezone_id="Asia/Tokyo", locale=LOCALES[background])
    yield context
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_read_and_used_in_every_width_theme_and_language_by_everybody(
    context: BrowserContext,
    client: Stack,
    accounts: dict[str, Account],
    path: str,
    background: str,
) -> None:
    page = visited(context, client, accounts[background], path, background)
    if path == "":
        page.get_by_text("Sources" if LOCALES[background] == "en-GB" else "Quellen").last.click()
        page.get_by_text("Expenses, how to").wait_for()
    settled(page)
    on_a_desk = barriers(page)
    missed = missed_by_keyboard(page)
    page.set_viewport_size({"width": PHONE, "height": 800})
    settled(page)
    found = {
        "barriers on a desk": on_a_desk,
        "barriers on a phone": barriers(page),
        "not reached by keyboard": missed,
        "cut on a phone": cut_texts(page),
    }
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    name = path.partition("?")[0] or "chat"
    page.set_viewport_size({"width": LARGE, "height": 800})
    settled(page)
    content = page.get_by_test_id("stMainBlockContainer").bounding_box()
    assert content
    assert content["width"] >= WIDE.get(name, 0)
    keep_pictures(page, f"{name}-{THEMES[background]}", PHONE, DESK, LARGE)
    if IMAGES and (background == DARK or path == ""):
        phone = background == LIGHT
        page.set_viewport_size(
            {"width": PHONE if phone else 1200, "height": HEIGHTS.get(path, 800)}
        )
        settled(page)
        page.screenshot(path=Path(IMAGES) / ("phone.png" if phone else f"{name}.png"))
    page.close()
    assert not any(found.values()), json.dumps(found, indent=2, ensure_ascii=False)


def visited(
    context: BrowserContext, client: Stack, account: Account, path: str, background: str
) -> Page:
    page = context.new_page()
    page.set_default_timeout(WAIT)
    page.set_viewport_size({"width": DESK, "height": 800})
    if path == "":
        (session,) = [s["id"] for s in account.sessions() if s["title"] == "Workshop in Zürich"]
        path = f"?session={session}"
    start = "" if path == "service" else path
    page.goto(f"{client.url}/{start}{'&' if '?' in start else '?'}user={account.user}")
    dressed(page, background)
    expect(page.get_by_role("heading").first).to_be_visible()
    if path == "service":
        # Its link appears once the page knows that its user is an administrator.
        page.locator("[data-testid=stSidebarNavLink][href$=service]").click()
        expect(page.get_by_test_id("stMetric").first).to_be_visible()
    return page
