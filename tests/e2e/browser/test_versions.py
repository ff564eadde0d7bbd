"""Versions of a turn in a browser: a question edited in place, and switching between versions by keyboard."""

from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser.browsing import Account, ask, opened, said, settled
from tests.e2e.stack import Stack


def pressed(page: Page, name: str) -> None:
    """Press a button by keyboard, as a user who reached it with Tab does."""
    button = page.get_by_role("button", name=name, exact=True)
    button.focus()
    page.keyboard.press("Enter")


def test_versions_are_made_and_chosen_by_keyboard_and_every_device_shows_the_chosen_one(
    browser: Browser, client: Stack
) -> None:
    account = Account(client, "anna@versions.example")
    session = account.record("First", response="An answer.")
    page = opened(browser, client, account.user, f"?session={session}")
    settled(page)
    elsewhere = opened(browser, client, account.user, f"?session={session}")

    pressed(page, "Edit")
    field = page.get_by_label("Edit your question")
    expect(field).to_have_value("First")
    field.fill("First, but better")
    pressed(page, "Send")
    said(page, "Answer to: First, but better")
    said(page, "2/2")
    said(elsewhere, "First, but better")

    pressed(page, "\u2039")
    said(page, "1/2")
    said(page, "An answer.")
    said(elsewhere, "An answer.")
    page.reload()
    said(page, "1/2")
    said(page, "An answer.")

    pressed(page, "Write again")
    said(page, "Answer to: First")
    said(page, "3/3")
    ask(page, "After the third")
    said(page, "Answer to: After the third")
    pressed(page, "\u2039")
    said(page, "2/3")
    expect(page.get_by_text("After the third", exact=True)).to_have_count(0)
    pressed(page, "\u203a")
    said(page, "Answer to: After the third")
    page.context.close()
    elsewhere.context.close()
