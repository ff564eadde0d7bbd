"""Getting around: the palette, keys, tags as filters, and the list in view."""

import re

from playwright.sync_api import Browser, expect

from tests.e2e.browser.browsing import Account, listed, opened, said, settled
from tests.e2e.stack import Stack

TAG = """
mutation ($session: ID!, $tags: [String!]!) {
  setSessionTags(input: {sessionId: $session, tags: $tags}) { userErrors { message } }
}
"""


def test_the_palette_leads_to_a_session_an_action_or_a_search_from_any_page(
    browser: Browser, client: Stack
) -> None:
    account = Account(client, "quinn@getting-around.example")
    account.record("How tall is Etna?", "Some 3,400 metres.")
    account.record("Where is Lisbon?")
    page = opened(browser, client, account.user)
    listed(page, "Where is Lisbon?")
    page.get_by_role("link", name="Library").click()
    page.get_by_role("heading", name="Library").wait_for()
    settled(page)

    def go(typed: str) -> None:
        page.keyboard.press("Control+k")
        field = page.get_by_role("dialog").get_by_role("combobox")
        expect(field).to_be_focused()
        field.fill(typed)
        expect(page.get_by_role("option").filter(has_text=typed).first).to_be_visible()
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog").get_by_role("combobox")).to_have_count(0)
        settled(page)

    go("tall is Et")
    said(page, "Some 3,400 metres.")
    go("Rename")
    expect(page.get_by_role("dialog").get_by_role("textbox", name="Title")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    go("3,400")
    expect(page.get_by_role("heading", name="Search")).to_be_visible()
    page.locator(".st-key-hit-0").wait_for()
    page.context.close()


def test_keys_open_sessions_the_field_and_the_sheet(browser: Browser, client: Stack) -> None:
    account = Account(client, "rosa@getting-around.example")
    older = account.record("The older one")
    account.record("The newer one")
    page = opened(browser, client, account.user, f"?session={older}")
    said(page, "The older one")
    settled(page)

    page.keyboard.press("Alt+ArrowUp")
    said(page, "The newer one")
    settled(page)
    page.keyboard.press("Alt+ArrowDown")
    said(page, "The older one")
    settled(page)
    page.get_by_role("heading", name="The older one").click()
    page.keyboard.press("/")
    expect(page.get_by_placeholder("Ask anything")).to_be_focused()
    page.keyboard.type("?")
    expect(page.get_by_placeholder("Ask anything")).to_have_value("?")
    page.get_by_role("heading", name="The older one").click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog").get_by_text("Among the hits of a search")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Control+Shift+o")
    expect(page.get_by_role("heading", name="New session")).to_be_visible()
    page.context.close()


def test_a_tag_narrows_the_list_and_the_open_session_stays_in_view(
    browser: Browser, client: Stack
) -> None:
    account = Account(client, "sven@getting-around.example")
    first = account.record("The very oldest")
    tagged = account.record("A trip to Rome")
    account.post(TAG, session=tagged, tags=["travel"])
    for number in range(25):
        account.record(f"Chat {number}")
    page = opened(browser, client, account.user, f"?session={first}")
    said(page, "The very oldest")
    listed(page, "The very oldest")
    side = page.get_by_test_id("stSidebar")
    expect(side.get_by_role("button", name="The very oldest", exact=True)).to_be_in_viewport()

    account.record("Now it is new", sessionId=tagged)
    side.get_by_role("radio", name="travel", exact=True).click()
    listed(page, "Chat 3", 0)
    listed(page, "A trip to Rome")
    side.get_by_role("radio", name="travel", exact=True).click()
    listed(page, "Chat 24")
    page.context.close()


def test_steps_back_and_forward_lead_from_page_to_page_and_from_session_to_session(
    browser: Browser, client: Stack
) -> None:
    account = Account(client, "tess@getting-around.example")
    first = account.record("How tall is Etna?", "Some 3,400 metres.")
    second = account.record("Where is Lisbon?", "In Portugal.")
    page = opened(browser, client, account.user, f"?session={first}")
    said(page, "Some 3,400 metres.")

    def at(heading: str) -> None:
        page.get_by_role("heading", name=heading, exact=True).wait_for()
        expect(page).to_have_url(re.compile("user="))
        settled(page)

    def reading(session: str, answer: str) -> None:
        said(page, answer)
        expect(page).to_have_url(re.compile(f"session={session}.*user=|user=.*session={session}"))
        settled(page)

    settled(page)
    page.get_by_test_id("stSidebar").get_by_role("button", name="Where is Lisbon?").first.click()
    reading(second, "In Portugal.")
    for name in ("Library", "Insights"):
        page.get_by_role("link", name=name).click()
        at(name)
    page.get_by_role("link", name="Chat").click()
    reading(second, "In Portugal.")

    page.go_back()
    at("Insights")
    page.go_back()
    at("Library")
    page.go_back()
    reading(second, "In Portugal.")
    page.go_back()
    reading(first, "Some 3,400 metres.")
    page.go_forward()
    reading(second, "In Portugal.")
    page.go_forward()
    at("Library")
    page.context.close()
