"""Behind Google's Identity-Aware Proxy, whose part the browser plays: it sends the headers of the proxy."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect
from pydantic import SecretStr

from client.identity import IAP_HEADER, IAP_USER
from recollect.identity import iap
from recollect.settings import Settings
from tests.e2e.served_api import ServedApi
from tests.e2e.stack import Stack
from tests.issuer import JWKS, Issuer, ec_key

BACKEND = "/projects/1/global/backendServices/2"
NAMED = "accounts.google.com:1"
EXPIRED = "Your sign-in has expired. Sign in again; what you typed is kept."


@pytest.fixture
def proxy() -> Iterator[Issuer]:
    with Issuer(ec_key()) as proxy:
        yield proxy


@pytest.fixture
def proxied(
    stopped_api: ServedApi, proxy: Issuer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Stack]:
    monkeypatch.setattr(iap, "KEYS_URL", proxy.url + JWKS)
    stopped_api.settings = Settings(
        data_dir=tmp_path,
        identity="iap",
        iap_audience=BACKEND,
        id_key=SecretStr("a key of thirty-two characters, at least"),
    )
    client = Stack(tmp_path, RECOLLECT_IDENTITY="iap", RECOLLECT_API_URL=stopped_api.url)
    with stopped_api.running(), client.client_apart():
        yield client


def let_through(context: BrowserContext, proxy: Issuer, *, hours: int) -> None:
    """Have pages that are loaded from now on come with an assertion that is good for so long."""
    expires = int(time.time()) + hours * 3600
    assertion = proxy.token(iss=iap.ISSUER, aud=BACKEND, sub=NAMED, exp=expires)
    context.set_extra_http_headers({IAP_HEADER: assertion, IAP_USER: NAMED})


def test_a_question_sent_with_an_expired_assertion_waits_on_the_page_that_is_loaded_anew(
    browser: Browser, proxied: Stack, proxy: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = browser.new_context()
    let_through(context, proxy, hours=1)
    page = context.new_page()
    page.set_default_timeout(60_000)
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

    let_through(context, proxy, hours=3)
    page.get_by_role("button", name="Sign in again").click()
    expect(page.get_by_text(EXPIRED)).to_have_count(0)
    expect(page).to_have_url(address)
    expect(unsent).to_have_value("What comes next?")
    page.get_by_role("button", name="Send again").click()
    expect(message.get_by_text("What comes next?", exact=True)).to_have_count(1)
    expect(message.get_by_text("What came before?", exact=True)).to_have_count(1)
    expect(unsent).to_have_count(0)
    context.close()
