"""GraphiQL: with its scripts served from here, and without them while unpkg.com can't be reached."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from recollect.http import graphiql
from recollect.http.graphiql import FILES, name_of, sources
from tests.e2e.browser.browsing import WAIT
from tests.e2e.browser.listener import Listener
from tests.e2e.served_api import ServedApi

SCRIPTS = Path(str(FILES))


@pytest.fixture
def _no_scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in a clone without npm."""
    forget()
    monkeypatch.setattr(graphiql, "FILES", tmp_path / "none")
    yield
    forget()


def forget() -> None:
    graphiql._page.cache_clear()
    graphiql._headers.cache_clear()


def test_every_script_is_served_from_here_and_a_query_runs(
    browser: Browser, tmp_path: Path
) -> None:
    if not SCRIPTS.exists():
        pytest.skip("GraphiQL's scripts are not here: install npm and run `make setup`")
    served = ServedApi(tmp_path)
    with served.running():
        page = browser.new_page()
        page.set_default_timeout(WAIT)
        asked: list[str] = []
        violations: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: violations.append(message.text))
        page.goto(f"{served.url}/graphql?q=%7Bviewer%7Bemail%7D%7D")
        page.locator(".graphiql-execute-button").click(timeout=WAIT)
        expect(page.locator(".result-window")).to_contain_text("you@example.com")
        assert all(url.startswith((served.url, "data:", "blob:")) for url in asked)
        assert {f"{served.url}/graphiql/{name_of(source)}" for source in sources()} <= set(asked)
        assert not [text for text in violations if "Content Security Policy" in text]
        policy = httpx.get(
            f"{served.url}/graphql", headers={"Accept": "text/html"}, timeout=60
        ).headers
        assert "script-src 'self' 'sha256-" in policy["Content-Security-Policy"]
        assert httpx.get(f"{served.url}/graphiql/..%2Fgraphiql.py", timeout=60).status_code == 404
        page.close()


@pytest.mark.usefixtures("_no_scripts")
def test_the_page_loads_its_own_scripts_and_nothing_else_from_elsewhere(
    browser: Browser, tmp_path: Path
) -> None:
    elsewhere = Listener()
    served = ServedApi(tmp_path)
    with served.running(), elsewhere.running():
        asked: list[str] = []
        page = browser.new_page()
        page.set_default_timeout(WAIT)
        page.on("request", lambda request: asked.append(request.url))
        page.route("https://unpkg.com/**", lambda route: route.abort())
        page.goto(served.url)
        expect(page.locator("#graphiql")).to_contain_text("could not be loaded")
        expect(page.locator("#graphiql")).to_contain_text(f"POST to {served.url}/graphql")
        page.evaluate(
            "url => Promise.allSettled([fetch(`${url}/fetch`, {mode: 'no-cors'}), new Promise(done => {"
            " const image = new Image(); image.onload = image.onerror = done;"
            " image.src = `${url}/image`; })])",
            elsewhere.url,
        )
        policy = httpx.get(
            f"{served.url}/graphql", headers={"Accept": "text/html"}, timeout=60
        ).headers

        assert elsewhere.asked == []
        assert any(url.endswith("graphiql.min.js") for url in asked)
        assert "frame-ancestors 'none'" in policy["Content-Security-Policy"]
        page.close()
