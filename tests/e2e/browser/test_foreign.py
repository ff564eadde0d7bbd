"""The client loads nothing from other sites, whatever an answer says, and answers only to its own names."""

import json
import socket
from collections.abc import Iterator

import httpx
import pytest
import websockets
from playwright.sync_api import Browser, ConsoleMessage, Page
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.e2e.browser.browsing import WAIT, Account, dressed, opened, settled
from tests.e2e.browser.foreign_answers import MERMAID, VECTORS
from tests.e2e.browser.listener import Listener
from tests.e2e.stack import Stack

PAGES = ["", "library", "insights", "preferences", "privacy"]
ATTEMPTS = """url => Promise.allSettled([
  fetch(`${url}/fetch`, {mode: "no-cors"}),
  new Promise(done => { const image = new Image(); image.onload = image.onerror = done;
                        image.src = `${url}/image`; }),
  new Promise(done => { const socket = new WebSocket(`${url}/socket`.replace("http", "ws"));
                        socket.onopen = socket.onerror = done; }),
  new Promise(done => { const sheet = document.createElement("link"); sheet.rel = "stylesheet";
                        sheet.onload = sheet.onerror = done; sheet.href = `${url}/sheet`;
                        document.head.append(sheet); }),
  new Promise(done => { const script = document.createElement("script");
                        script.onload = script.onerror = done; script.src = `${url}/script`;
                        document.head.append(script); }),
  navigator.sendBeacon(`${url}/beacon`),
])"""


@pytest.fixture
def elsewhere() -> Iterator[Listener]:
    listener = Listener()
    with listener.running():
        yield listener


def test_no_answer_has_the_browser_ask_another_site(
    browser: Browser, client: Stack, elsewhere: Listener
) -> None:
    answers = [vector.replace("URL", elsewhere.url) for vector in [MERMAID, *VECTORS]]
    account = Account(client, "anna@foreign.example")
    session: str | None = None
    for number, answer in enumerate(answers):
        image = {"title": f"![a]({elsewhere.url}/citation-{number})", "source": answer}
        given: dict[str, object] = {"sessionId": session} if session else {}
        session = account.record(answer, answer, citations=[image], **given)
    page = opened(browser, client, account.user, f"?session={session}")
    page.get_by_text("mermaid-node.png").first.wait_for()
    settled(page)
    page.evaluate("document.querySelectorAll('summary').forEach(sources => sources.click())")
    settled(page)

    assert elsewhere.asked == []
    assert page.get_by_test_id("stMarkdownContainer").locator("img[src*=':']").count() == 0
    page.context.close()


def test_no_imported_chat_has_the_browser_ask_another_site(
    browser: Browser, client: Stack, elsewhere: Listener
) -> None:
    texts = [vector.replace("URL", elsewhere.url) for vector in [MERMAID, *VECTORS]]
    turns = [{"query": text, "response": text} for text in texts]
    account = Account(client, "ben@foreign.example")
    account.take(json.dumps({"title": texts[13], "turns": turns}))
    page = opened(browser, client, account.user)
    page.get_by_test_id("stSidebar").locator("[class*=st-key-open-] button").first.click()
    page.get_by_text("mermaid-node.png").first.wait_for()
    settled(page)

    assert elsewhere.asked == []
    page.context.close()


def test_what_gets_past_the_filter_is_stopped_by_the_browser_and_no_page_needs_more(
    browser: Browser, client: Stack, elsewhere: Listener
) -> None:
    cleo = Account(client, "cleo@foreign.example")
    cleo.record("Why?")
    context = browser.new_context(viewport={"width": 1200, "height": 800})
    for path in PAGES:
        page = context.new_page()
        page.set_default_timeout(WAIT)
        told = _heard(page)
        page.goto(f"{client.url}/{path}?user={cleo.user}")
        dressed(page)
        settled(page)

        assert not [each.text for each in told if "Content Security Policy" in each.text]
        page.evaluate(ATTEMPTS, elsewhere.url)
        page.close()
    context.close()
    assert elsewhere.asked == []


def test_no_other_site_may_show_the_client_in_a_frame(browser: Browser, client: Stack) -> None:
    policy = httpx.get(client.url, timeout=60).headers

    assert "frame-ancestors 'none'" in policy["Content-Security-Policy"]
    assert policy["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("host", ["attacker.example", "attacker.example:8501", "127.0.0.1.nip.io"])
def test_a_name_that_is_not_the_clients_is_refused(client: Stack, host: str) -> None:
    for path in ("/", "/_stcore/host-config", "/media/a.txt", "/_stcore/upload_file/a/b"):
        answer = httpx.get(f"{client.url}{path}", headers={"Host": host}, timeout=60)
        assert answer.status_code == 421, path
    with pytest.raises(websockets.InvalidStatus, match="403"):
        _connect(client, host)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_the_clients_own_names_are_let_in(client: Stack, host: str) -> None:
    named = f"{host}:{client.client_port}"

    assert httpx.get(client.url, headers={"Host": named}, timeout=60).status_code == 200
    _connect(client, named)


def test_whether_the_client_lives_can_be_asked_by_any_name(client: Stack) -> None:
    answer = httpx.get(f"{client.url}/_stcore/health", headers={"Host": "10.0.0.7"}, timeout=60)

    assert answer.status_code == 200


def _heard(page: Page) -> list[ConsoleMessage]:
    """The messages of the page's console from now on."""
    told: list[ConsoleMessage] = []
    page.on("console", lambda message: told.append(message))
    return told


def _connect(client: Stack, host: str) -> None:
    """Open a WebSocket as a browser would if it had loaded the page by that name."""
    origin = Origin(f"http://{host}")
    there = socket.create_connection(("127.0.0.1", client.client_port))
    with there, connect(f"ws://{host}/_stcore/stream", sock=there, origin=origin):
        pass
