"""Behind Google's Identity-Aware Proxy, played by a relay that adds the proxy's headers."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import iap_proxy
from tests.e2e.browser.browsing import WAIT, until
from tests.e2e.browser.iap_proxy import Front
from tests.e2e.served_api import ServedApi
from tests.e2e.stack import Stack
from tests.issuer import Issuer

EXPIRED = "Your sign-in has expired. Sign in again; what you typed is kept."


@pytest.fixture
def proxy(stopped_api: ServedApi, monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    with iap_proxy.before(stopped_api, monkeypatch) as proxy:
        yield proxy


@pytest.fixture
def proxied(stopped_api: ServedApi, proxy: Issuer, tmp_path: Path) -> Iterator[Front]:
    client = Stack(tmp_path, RECOLLECT_IDENTITY="iap", RECOLLECT_API_URL=stopped_api.url)
    front = Front(client.client_port)
    with stopped_api.running(), client.client_apart(), front.running():
        yield front


def let_through(front: Front, proxy: Issuer, subject: str, *, hours: int) -> None:
    """Send a user's assertion, valid for this many hours, with the pages that are loaded from now on."""
    front.added = iap_proxy.headers(proxy, subject, hours=hours)


def test_what_was_asked_and_typed_with_an_expired_assertion_is_there_for_the_same_person_alone(
    browser: Browser, proxied: Front, proxy: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = browser.new_context()
    let_through(proxied, proxy, "anna", hours=1)
    page = context.new_page()
    page.set_default_timeout(WAIT)
    page.goto(proxied.url)
    question = page.get_by_placeholder("Ask anything")
    message = page.get_by_test_id("stChatMessage")
    unsent = page.get_by_label("Your question was not sent")
    question.fill("What came before?")
    question.press("Enter")
    expect(message.get_by_text("What came before?", exact=True)).to_be_visible()
    page.wait_for_url(re.compile(r"\?session="))
    address = page.url

    # To the API it is two hours later.
    monkeypatch.setattr("recollect.identity.tokens.LEEWAY_SECONDS", -2 * 3600)
    question.fill("What comes next?")
    question.press("Enter")
    expect(page.get_by_text(EXPIRED)).to_be_visible()
    expect(unsent).to_have_value("What comes next?")

    question.fill("And what after")
    let_through(proxied, proxy, "anna", hours=3)
    page.get_by_role("button", name="Sign in again").click()
    expect(page.get_by_text(EXPIRED)).to_have_count(0)
    expect(page).to_have_url(address)
    expect(unsent).to_have_value("What comes next?")
    expect(question).to_have_value("And what after")
    page.get_by_role("button", name="Send again").click()
    expect(message.get_by_text("What comes next?", exact=True)).to_have_count(1)
    expect(message.get_by_text("What came before?", exact=True)).to_have_count(1)
    expect(unsent).to_have_count(0)

    monkeypatch.setattr("recollect.identity.tokens.LEEWAY_SECONDS", -4 * 3600)
    question.press("Enter")
    expect(unsent).to_have_value("And what after")
    question.fill("It is between us")
    let_through(proxied, proxy, "ben", hours=5)
    page.get_by_role("button", name="Sign in again").click()
    expect(page.get_by_role("heading", name="No such session")).to_be_visible()
    until(page, "!Object.values(sessionStorage).includes('It is between us')")
    expect(question).to_have_value("")
    expect(unsent).to_have_count(0)
    context.close()
