"""`recollect dev` in a real browser: Chromium, the client, the API and the files behind it."""

import re
import signal
import time

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser.browsing import WAIT, ask, dressed, said
from tests.e2e.client.answer_service import AnswerService
from tests.e2e.stack import Stack


def open_page(browser: Browser, url: str) -> Page:
    page = browser.new_page(viewport={"width": 1200, "height": 800})
    page.set_default_timeout(WAIT)
    page.goto(url)
    dressed(page)
    page.get_by_placeholder("Ask anything").wait_for()
    return page


def test_a_turn_outlives_the_browser_and_a_killed_server_which_leaves_no_client_behind(
    browser: Browser, stack: Stack
) -> None:
    with stack.running() as process:
        page = open_page(browser, stack.url)
        ask(page, "How tall is it?")
        said(page, "Answer to: How tall is it?")
        page.wait_for_url(re.compile(r"\?session="))
        address = page.url
        page.close()
        process.kill()
        process.wait()
        deadline = time.monotonic() + 60
        while stack.answers(stack.client_port):
            assert time.monotonic() < deadline, "the client lives on"
            time.sleep(0.1)

    with stack.running():
        page = open_page(browser, address)
        said(page, "How tall is it?")
        said(page, "Answer to: How tall is it?")
        page.goto(stack.url)
        page.get_by_role("button", name="How tall is it?", exact=True).click()
        said(page, "Answer to: How tall is it?")
        expect(page).to_have_url(address)
        page.close()


def test_an_answer_grows_on_the_page_and_can_be_stopped(
    browser: Browser, client: Stack, held_answers: AnswerService
) -> None:
    page = open_page(browser, f"{client.url}/?user=ben@chat.example")
    ask(page, "Why?")
    said(page, "Answer to:")

    page.get_by_role("button", name="Stop", exact=True).last.click()
    held_answers.going_on.set()

    expect(page.get_by_role("button", name="Stop", exact=True)).to_have_count(0)
    said(page, "Why?")
    page.reload()
    expect(page.get_by_test_id("stChatMessage").last).to_contain_text("Answer to:")
    page.close()


def test_the_default_answers_from_the_documentation_with_its_sources(
    browser: Browser, stack: Stack
) -> None:
    plain = Stack(stack.folder)
    with plain.running():
        page = open_page(browser, plain.url)
        expect(page.get_by_text("Demonstration")).to_be_visible()
        ask(page, "How do I export my chats?")
        expect(page.get_by_text("Sources")).to_be_visible()
        page.close()


def test_text_is_never_read_as_html_or_as_markdown(browser: Browser, client: Stack) -> None:
    hostile = "<img src=x onerror=\"document.title='owned'\"> *a* [b](c) $d$ :red[e]"
    page = open_page(browser, f"{client.url}/?user=anna@chat.example")
    ask(page, hostile)
    said(page, hostile)
    expect(page.get_by_role("heading", name=hostile)).to_be_visible()
    page.get_by_placeholder("Search your history").fill("onerr")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Search", exact=True)).to_be_visible()
    found = page.locator(".st-key-hits").get_by_role("button", name=hostile, exact=True)
    expect(found).to_be_visible()
    assert page.title() != "owned"
    page.close()


@pytest.mark.parametrize("ends_with", [signal.SIGTERM, signal.SIGINT])
def test_ending_the_server_ends_the_client(stack: Stack, ends_with: signal.Signals) -> None:
    with stack.running() as process:
        process.send_signal(ends_with)

        assert process.wait(timeout=60) == 0
        assert not stack.answers(stack.api_port)
        assert not stack.answers(stack.client_port)
