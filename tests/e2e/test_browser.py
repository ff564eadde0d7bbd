"""`recollect dev` in a real browser: Chromium, the page, the API and the files behind it."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.ports import free_port

ROOT = Path(__file__).parents[2]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
START_SECONDS = 60


class Stack:
    """The API and the client, as `make run` starts them, with their data in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.api_port, self.client_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.client_port}"
        self._log = folder / "dev.log"
        self._environment = {
            **os.environ,
            "RECOLLECT_DATA_DIR": str(folder / "data"),
            "RECOLLECT_PORT": str(self.api_port),
            "RECOLLECT_CLIENT_PORT": str(self.client_port),
        }

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        """Run until the block ends; everything that still runs is then killed, without a warning."""
        command = [sys.executable, "-c", "from recollect.cli import main; main()", "dev"]
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            self._wait_until_ready(process)
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def answers(self, port: int) -> bool:
        """Whether the API or the client is there."""
        path = "/healthz" if port == self.api_port else "/_stcore/health"
        try:
            return httpx.get(f"http://127.0.0.1:{port}{path}").is_success
        except httpx.TransportError:
            return False

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not (self.answers(self.api_port) and self.answers(self.client_port)):
            assert process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.1)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        hint = "Chromium is not installed: on Debian, `apt-get install chromium`"
        if os.environ.get("CI") == "true":
            pytest.fail(hint)
        pytest.skip(hint)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return Stack(tmp_path)


def open_page(browser: Browser, url: str) -> Page:
    page = browser.new_page(viewport={"width": 1200, "height": 800})
    page.set_default_timeout(30_000)
    page.goto(url)
    page.get_by_role("button", name="Record a turn").wait_for()
    return page


def record(page: Page, question: str, answer: str = "") -> None:
    page.get_by_label("Question").fill(question)
    page.get_by_label("Answer (optional)").fill(answer)
    page.get_by_role("button", name="Record a turn").click()


def said(page: Page, text: str) -> None:
    """Wait until a message of the open session shows the text."""
    message = page.get_by_test_id("stChatMessage").get_by_text(text, exact=True)
    expect(message).to_be_visible(timeout=30_000)


def test_a_turn_outlives_the_browser_and_a_killed_server(browser: Browser, stack: Stack) -> None:
    with stack.running():
        page = open_page(browser, stack.url)
        record(page, "How tall is it?", "It is **300 m** tall.")
        said(page, "300 m")
        expect(page.get_by_label("Question")).to_have_value("")
        page.wait_for_url(re.compile(r"\?session="))
        address = page.url
        page.close()

    with stack.running():
        page = open_page(browser, address)
        said(page, "How tall is it?")
        said(page, "300 m")
        page.goto(stack.url)
        page.get_by_role("button", name="How tall is it? · 1 turn").click()
        said(page, "300 m")
        expect(page).to_have_url(address)
        page.close()


def test_text_is_never_read_as_html_or_as_markdown(browser: Browser, stack: Stack) -> None:
    hostile = "<img src=x onerror=\"document.title='owned'\"> *a* [b](c) $d$ :red[e]"
    with stack.running():
        page = open_page(browser, stack.url)
        record(page, hostile, "<b>said</b>")
        said(page, hostile)
        said(page, "<b>said</b>")
        expect(page.get_by_role("heading", name=hostile)).to_be_visible()
        page.get_by_placeholder("Search your history").fill("onerr")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Found")).to_be_visible()
        expect(page.get_by_test_id("stSidebar").get_by_role("button", name=hostile)).to_have_count(
            2
        )
        assert page.title() != "owned"
        page.close()


@pytest.mark.parametrize("ends_with", [signal.SIGTERM, signal.SIGINT])
def test_ending_the_server_ends_the_client(stack: Stack, ends_with: signal.Signals) -> None:
    with stack.running() as process:
        process.send_signal(ends_with)

        assert process.wait(timeout=20) == 0
        assert not stack.answers(stack.api_port)
        assert not stack.answers(stack.client_port)


def test_a_killed_server_leaves_no_client_behind(stack: Stack) -> None:
    with stack.running() as process:
        process.kill()
        process.wait()
        deadline = time.monotonic() + 5
        while stack.answers(stack.client_port):
            assert time.monotonic() < deadline, "the client lives on"
            time.sleep(0.1)

    with stack.running():
        pass
