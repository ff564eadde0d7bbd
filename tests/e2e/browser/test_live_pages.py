"""An open page shows changes made elsewhere, and takes nothing away from its user."""

import time

from playwright.sync_api import Browser, expect

from tests.e2e.browser.browsing import WAIT, Account, in_menu, listed, opened, said, settled
from tests.e2e.stack import Stack


def test_changes_from_another_device_appear_while_somebody_types(
    browser: Browser, client: Stack
) -> None:
    account = Account(client, "anna@live-pages.example")
    session = account.record("The first question")
    page = opened(browser, client, account.user, f"?session={session}")
    said(page, "The first question")
    page.get_by_placeholder("Ask anything").fill("Half a quest")

    account.record("Asked on the phone", sessionId=session)
    account.record("In a session of its own")

    said(page, "Asked on the phone")
    listed(page, "In a session of its own")
    expect(page.get_by_placeholder("Ask anything")).to_have_value("Half a quest")
    # The page waits for the next change as it did for the first.
    account.record("Asked once more", sessionId=session)
    said(page, "Asked once more")
    page.context.close()


def test_an_open_dialog_stays_and_the_page_is_current_once_it_is_closed(
    browser: Browser, client: Stack
) -> None:
    account = Account(client, "ben@live-pages.example")
    account.record("To be renamed")
    page = opened(browser, client, account.user)
    settled(page)
    in_menu(page, "To be renamed", "Rename")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("A new na")

    account.record("Meanwhile elsewhere")
    page.wait_for_timeout(3000)

    expect(dialog.get_by_role("textbox")).to_have_value("A new na")
    page.keyboard.press("Escape")
    listed(page, "Meanwhile elsewhere")
    page.context.close()


def test_an_idle_page_runs_no_script(browser: Browser, client: Stack) -> None:
    account = Account(client, "cleo@live-pages.example")
    account.record("A question")
    page = opened(browser, client, account.user)
    messages: list[object] = []
    page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda frame: messages.append(frame)),
    )
    page.reload()
    listed(page, "A question")
    settled(page)
    assert messages
    # On a busy machine the page may become idle later, but then it stays idle.
    deadline = time.monotonic() + WAIT / 1000
    drawn = 0
    while len(messages) > drawn:
        assert time.monotonic() < deadline, "the page does not come to rest"
        drawn = len(messages)
        page.wait_for_timeout(6000)
    account.record("Another question")
    page.get_by_role("button", name="Another question", exact=True).wait_for(timeout=WAIT)
    page.context.close()
