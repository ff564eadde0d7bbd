"""Signing in with an OpenID Connect provider, in a real browser."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from pydantic import SecretStr

from recollect.settings.settings import Settings
from tests.e2e.browser.browsing import WAIT, ask, said, until
from tests.e2e.browser.oidc_provider import OidcProvider
from tests.e2e.served_api import ServedApi
from tests.e2e.stack import Stack

AUDIENCE = "recollect"
EXPIRED = "Your sign-in has expired. Sign in again; what you typed is kept."
OVERVIEW = """{ viewer { email sessions(first: 10) { nodes {
  id conversations(last: 10) { nodes { query } } } } } }"""
RECORD = """mutation ($query: String!) { recordConversation(input: {query: $query}) {
  session { id } } }"""


@pytest.fixture(scope="module")
def provider() -> Iterator[OidcProvider]:
    provider = OidcProvider()
    with provider.running():
        yield provider


@pytest.fixture(scope="module")
def guarded(provider: OidcProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The API and the client, which accept the provider alone."""
    folder = tmp_path_factory.mktemp("guarded")
    secrets = folder / "secrets.toml"
    stack = Stack(
        folder,
        RECOLLECT_IDENTITY="oidc",
        RECOLLECT_OIDC_ISSUER=provider.url,
        RECOLLECT_OIDC_AUDIENCE=AUDIENCE,
        RECOLLECT_ID_KEY="a key of thirty-two characters, at least",
        STREAMLIT_SECRETS_FILES=str(secrets),
    )
    secrets.write_text(auth_section(stack, provider))
    with stack.running():
        yield stack


def auth_section(stack: Stack, provider: OidcProvider) -> str:
    """The settings that Streamlit needs for its login."""
    settings = {
        "redirect_uri": f"{stack.url}/oauth2callback",
        "cookie_secret": "a long text that nobody else knows",
        "client_id": AUDIENCE,
        "client_secret": "not looked at by this provider",
        "server_metadata_url": provider.discovery,
        "expose_tokens": "id",
    }
    return "\n".join(["[auth]", *(f"{name} = {json.dumps(settings[name])}" for name in settings)])


def visit(browser: Browser, url: str) -> Page:
    """Open the address in a browser where nobody has signed in."""
    page = browser.new_context(viewport={"width": 1200, "height": 800}).new_page()
    page.set_default_timeout(WAIT)
    page.goto(url)
    return page


def sign_in(page: Page, subject: str, button: str = "Sign in") -> None:
    page.get_by_role("button", name=button, exact=True).click()
    page.get_by_placeholder("sub").fill(subject)
    page.get_by_role("button", name="Authorize").click()


def posted(stack: Stack, token: str, document: str, **variables: str) -> Any:
    """The API's answer to a request with the token."""
    return httpx.post(
        f"http://127.0.0.1:{stack.api_port}/graphql",
        json={"query": document, "variables": variables},
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
    ).json()


def recorded(stack: Stack, token: str, question: str) -> str:
    """Record a question without the browser; returns its session's id."""
    answer = posted(stack, token, RECORD, query=question)
    session_id: str = answer["data"]["recordConversation"]["session"]["id"]
    return session_id


def asked(stack: Stack, token: str) -> list[list[str]]:
    """The questions of each session."""
    sessions = posted(stack, token, OVERVIEW)["data"]["viewer"]["sessions"]["nodes"]
    return [[turn["query"] for turn in each["conversations"]["nodes"]] for each in sessions]


def test_who_signs_in_has_their_chats_under_their_address_and_signs_out(
    browser: Browser, guarded: Stack, provider: OidcProvider
) -> None:
    provider.knows("anna")
    page = visit(browser, guarded.url)
    sign_in(page, "anna")
    ask(page, "What do I owe?")
    said(page, "What do I owe?")
    page.wait_for_url(re.compile(r"\?session="))
    address = page.url

    # Another account with the same verified address is the same person.
    provider.knows("anna-at-work", email="anna@example.com")
    token = provider.token("anna-at-work", AUDIENCE)
    assert posted(guarded, token, OVERVIEW)["data"]["viewer"]["email"] == "anna@example.com"
    assert asked(guarded, token) == [["What do I owe?"]]

    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("button", name="End session").click()
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    page.goto(address)
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(page.get_by_text("What do I owe?")).to_have_count(0)
    page.context.close()


def test_somebody_else_who_signs_in_sees_nothing_of_it(
    browser: Browser, guarded: Stack, provider: OidcProvider
) -> None:
    provider.knows("carla")
    provider.knows("ben")
    session = recorded(guarded, provider.token("carla", AUDIENCE), "Whom do I love?")
    page = visit(browser, f"{guarded.url}/?session={session}")

    sign_in(page, "ben")

    expect(page.get_by_role("heading", name="No such session")).to_be_visible()
    expect(page.get_by_text("No sessions yet.")).to_be_visible()
    expect(page.get_by_text("Whom do I love?")).to_have_count(0)
    assert asked(guarded, provider.token("ben", AUDIENCE)) == []
    page.context.close()


def test_an_address_that_was_opened_signed_out_is_there_after_the_sign_in(
    browser: Browser, guarded: Stack, provider: OidcProvider
) -> None:
    provider.knows("dora")
    session = recorded(guarded, provider.token("dora", AUDIENCE), "Where was I?")
    page = visit(browser, f"{guarded.url}/?session={session}")
    sign_in(page, "dora")
    said(page, "Where was I?")
    expect(page).to_have_url(f"{guarded.url}/?session={session}")

    # It is opened only once: the next tab opens its own address.
    until(page, "!document.cookie.includes('recollect_location')")
    tab = page.context.new_page()
    tab.goto(guarded.url)
    expect(tab.get_by_role("heading", name="New session")).to_be_visible()
    tab.close()

    page.context.clear_cookies()
    page.goto(f"{guarded.url}/library")
    sign_in(page, "dora")
    expect(page.get_by_role("heading", name="Library")).to_be_visible()
    expect(page).to_have_url(f"{guarded.url}/library")
    page.context.close()


@pytest.fixture
def apart(stopped_api: ServedApi, provider: OidcProvider, tmp_path: Path) -> Iterator[Stack]:
    """The same with the API in this process, whose clock a test may set."""
    stopped_api.settings = Settings(
        data_dir=stopped_api.folder,
        identity="oidc",
        oidc_issuer=(provider.url,),
        oidc_audience=(AUDIENCE,),
        id_key=SecretStr("a key of thirty-two characters, at least"),
    )
    secrets = tmp_path / "secrets.toml"
    stack = Stack(
        tmp_path,
        RECOLLECT_IDENTITY="oidc",
        RECOLLECT_API_URL=stopped_api.url,
        STREAMLIT_SECRETS_FILES=str(secrets),
    )
    stack.api_port = stopped_api.port
    secrets.write_text(auth_section(stack, provider))
    with stopped_api.running(), stack.client_apart():
        yield stack


def good_for_hours(provider: OidcProvider, subject: str, hours: int) -> None:
    """Make the next ID token of a user valid for this many more hours, and issued as many hours ago."""
    now, seconds = int(time.time()), hours * 3600
    provider.knows(subject, iat=now - seconds, exp=now + seconds)


def test_a_question_sent_with_an_expired_token_is_sent_once_after_the_next_sign_in(
    browser: Browser,
    apart: Stack,
    provider: OidcProvider,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    good_for_hours(provider, "emil", 1)
    token = provider.token("emil", AUDIENCE)
    session = recorded(apart, token, "What came before?")
    page = visit(browser, f"{apart.url}/?session={session}")
    sign_in(page, "emil")
    said(page, "What came before?")
    page.get_by_placeholder("Ask anything").wait_for()
    # To the API it is two hours later.
    monkeypatch.setattr("recollect.identity.tokens.LEEWAY_SECONDS", -2 * 3600)

    ask(page, "What comes next?")
    expect(page.get_by_text(EXPIRED)).to_be_visible()
    expect(page.get_by_label("Your question was not sent")).to_have_value("What comes next?")
    good_for_hours(provider, "emil", 3)
    token = provider.token("emil", AUDIENCE)
    assert asked(apart, token) == [["What came before?"]]

    page.get_by_placeholder("Ask anything").fill("And what after")
    sign_in(page, "emil", "Sign in again")
    said(page, "What came before?")
    expect(page).to_have_url(f"{apart.url}/?session={session}")
    expect(page.get_by_label("Your question was not sent")).to_have_value("What comes next?")
    expect(page.get_by_text(EXPIRED)).to_have_count(0)
    expect(page.get_by_placeholder("Ask anything")).to_have_value("And what after")
    page.get_by_role("button", name="Send again").click()
    said(page, "What comes next?")
    expect(page.get_by_label("Your question was not sent")).to_have_count(0)
    assert asked(apart, token) == [["What came before?", "What comes next?"]]
    page.get_by_placeholder("Ask anything").press("Enter")
    said(page, "And what after")
    page.context.close()


def test_the_api_refuses_tokens_for_other_clients_and_of_other_providers(
    guarded: Stack, provider: OidcProvider
) -> None:
    provider.knows("fritz")
    stranger = OidcProvider()
    with stranger.running():
        stranger.knows("fritz")
        refused = [provider.token("fritz", "another"), stranger.token("fritz", AUDIENCE)]

    for token in refused:
        (error,) = posted(guarded, token, OVERVIEW)["errors"]
        assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert asked(guarded, provider.token("fritz", AUDIENCE)) == []


def test_a_named_provider_works_by_secrets_that_know_nothing_of_tokens(
    browser: Browser, provider: OidcProvider, tmp_path: Path
) -> None:
    secrets = tmp_path / "secrets.toml"
    stack = Stack(
        tmp_path,
        RECOLLECT_IDENTITY="oidc",
        RECOLLECT_OIDC_ISSUER=provider.url,
        RECOLLECT_OIDC_AUDIENCE=AUDIENCE,
        RECOLLECT_ID_KEY="a key of thirty-two characters, at least",
        STREAMLIT_SECRETS_FILES=str(secrets),
    )
    lines = auth_section(stack, provider).splitlines()
    of_all, of_provider = lines[:3], [line for line in lines[3:] if "expose" not in line]
    secrets.write_text("\n".join([*of_all, "[auth.google]", *of_provider]))
    provider.knows("emil")
    with stack.running():
        page = visit(browser, stack.url)
        sign_in(page, "emil")
        ask(page, "Who am I?")
        said(page, "Who am I?")
        token = provider.token("emil", AUDIENCE)
        assert asked(stack, token) == [["Who am I?"]]
    with stack.running():
        page.reload()
        ask(page, "And after a restart?")
        said(page, "And after a restart?")
    page.context.close()
