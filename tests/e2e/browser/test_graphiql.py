"""GraphiQL where its scripts can be loaded from nowhere."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.e2e.served_api import ServedApi


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
