"""A browser, and the servers whose pages it opens."""

import os
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from streamlit.components.v2 import manifest_scanner

from client.state import live, rerunning
from recollect import mirror_lag
from tests.e2e.client.answer_service import AnswerService
from tests.e2e.served_api import ServedApi
from tests.e2e.stack import Stack

# A busy machine takes long; a wait ends as soon as its condition is met.
expect.set_options(timeout=240_000)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page in this process is read only once while it begins to listen, however slow that is; and it is
    read at each run, so that changes made by a test outside it are seen at once, without waiting for a
    notification."""
    monkeypatch.setattr(live, "BEGIN_SECONDS", 60)
    monkeypatch.setattr(rerunning, "AGED_SECONDS", 0)
    # Changes that wait for the mirror are counted at each request, not remembered for a few seconds.
    monkeypatch.setattr(mirror_lag, "REMEMBERED_SECONDS", 0.0)


@pytest.fixture(autouse=True, scope="session")
def components_looked_for_once() -> Iterator[None]:
    """Streamlit scans all installed packages for each page of an `AppTest`, which takes 0.14 s."""
    with pytest.MonkeyPatch.context() as patch:
        found_once = cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", found_once)
        yield


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
def answers() -> Iterator[AnswerService]:
    service = AnswerService()
    with service.running():
        yield service


@pytest.fixture
def stack(tmp_path: Path, answers: AnswerService) -> Stack:
    return Stack(tmp_path, RECOLLECT_ANSWERER="chat", RECOLLECT_ANSWER_URL=answers.url)


@pytest.fixture
def stopped_api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ServedApi:
    """The API for the pages in this process, not yet running."""
    served = ServedApi(tmp_path)
    monkeypatch.setenv("RECOLLECT_API_URL", served.url)
    monkeypatch.setattr("stores.sqlite.file.BUSY_SECONDS", 2.0)
    return served


@pytest.fixture
def api(stopped_api: ServedApi) -> Iterator[ServedApi]:
    """The same API, running."""
    with stopped_api.running():
        yield stopped_api
