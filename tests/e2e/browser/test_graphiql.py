"""GraphiQL where its scripts can be loaded from nowhere."""

from pathlib import Path

import httpx
from playwright.sync_api import Browser, expect

from tests.e2e.browser.listener import Listener
from tests.e2e.served_api import ServedApi


def test_the_page_loads_its_own_scripts_and_nothing_else_from_elsewhere(
    browser: Browser, tmp_path: Path
) -> None:
    elsewhere = Listener()
    served = ServedApi(tmp_path)
    with served.running(), elsewhere.running():
        asked: list[str] = []
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.route("https://unpkg.com/**", lambda route: route.abort())
        page.goto(served.url)
        expect(page.locator("#graphiql")).to_contain_text("could not be loaded", timeout=30_000)
        page.evaluate(
            "url => Promise.allSettled([fetch(`${url}/fetch`, {mode: 'no-cors'}), new Promise(done => {"
            " const image = new Image(); image.onload = image.onerror = done;"
            " image.src = `${url}/image`; })])",
            elsewhere.url,
        )
        policy = httpx.get(f"{served.url}/graphql", headers={"Accept": "text/html"}).headers

        assert elsewhere.asked == []
        assert any(url.endswith("graphiql.min.js") for url in asked)
        assert "frame-ancestors 'none'" in policy["Content-Security-Policy"]
        page.close()


def test_without_its_scripts_the_page_says_so_and_where_the_api_is(
    browser: Browser,
    tmp_path: Path,
) -> None:
    served = ServedApi(tmp_path)
    with served.running():
        page = browser.new_page()
        page.route("https://unpkg.com/**", lambda route: route.abort())
        page.goto(served.url)

        shown = page.locator("#graphiql")
        expect(shown).to_contain_text("could not be loaded", timeout=30_000)
        expect(shown).to_contain_text(f"POST to {served.url}/graphql")
        page.close()
