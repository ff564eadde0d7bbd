"""What a page of another origin may do in a browser: headers of its tools, events, forms and downloads."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from recollect.settings.settings import Settings
from tests.e2e.browser.browsing import WAIT
from tests.e2e.browser.test_web_example import pages
from tests.e2e.ports import free_port
from tests.e2e.served_api import ServedApi

POST = """
async ([url, headers]) => {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify({ query: "{ viewer { id } }" }),
  });
  return (await answer.json()).data.viewer.id;
}
"""
FOLLOW = """
(url) => {
  window.heard = [];
  const query = "subscription { sessionChanges { kind session { title } } }";
  window.source = new EventSource(`${url}?query=${encodeURIComponent(query)}`);
  source.addEventListener("next", ({ data, lastEventId }) =>
    heard.push({ ...JSON.parse(data).data.sessionChanges, lastEventId }));
}
"""
FORM = """
async (url) => {
  const form = new FormData();
  form.append("file", new Blob(["[]"]), "chats.json");
  const answer = await fetch(url, { method: "POST", body: form });
  return [answer.status, (await answer.json()).errors[0].message];
}
"""
EXPORT = """
mutation { exportMyData(input: {format: JSON}) { download { url fileName } userErrors { message } } }
"""
READ = "async (url) => { const answer = await fetch(url); return [answer.status, await answer.text()]; }"
FOLLOWED = """
(url) => {
  const link = document.createElement("a");
  link.href = url;
  document.body.append(link);
  link.click();
}
"""


@pytest.fixture
def api(tmp_path: Path) -> ServedApi:
    """An API that knows its own address and allows a page of another origin to use it."""
    page_port = free_port()
    origin = f"http://127.0.0.1:{page_port}"
    api = ServedApi(tmp_path, Settings(data_dir=tmp_path / "data", cors_origins=(origin,)))
    api.settings = api.settings.model_copy(update={"public_api_url": api.url})
    return api


@pytest.fixture
def page(api: ServedApi, browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """A page of that origin."""
    folder = tmp_path / "page"
    folder.mkdir()
    (folder / "index.html").write_text("<!doctype html><title>Elsewhere</title><body></body>")
    (origin,) = api.settings.cors_origins
    with pages(folder, int(origin.rpartition(":")[2])) as address:
        page = browser.new_page()
        page.set_default_timeout(WAIT)
        page.goto(address)
        yield page
        page.close()


def test_headers_of_tracing_and_of_apollo_pass_by_default(api: ServedApi, page: Page) -> None:
    headers = {
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "tracestate": "vendor=1",
        "apollo-require-preflight": "true",
        "x-apollo-operation-name": "Viewer",
        "apollographql-client-name": "web",
    }
    with api.running():
        found = page.evaluate(POST, [f"{api.url}/graphql", headers])
        assert found.startswith("Viewer.")
        with pytest.raises(Exception, match="Failed to fetch"):
            page.evaluate(POST, [f"{api.url}/graphql", {"X-Unheard-Of": "1"}])


def test_an_event_source_continues_after_the_server_was_away(api: ServedApi, page: Page) -> None:
    def titles() -> list[str]:
        heard: list[Any] = page.evaluate("heard")
        return [each["session"]["title"] for each in heard if each["session"]]

    with api.running():
        page.evaluate(FOLLOW, f"{api.url}/graphql")
        page.wait_for_function("heard.length === 1")
        api.record("Before")
        page.wait_for_function("heard.length === 2")
    with api.running():
        # The browser waits for some seconds before it connects again.
        api.record("While away")
        page.wait_for_function("heard.some(({ session }) => session?.title === 'While away')")
        assert titles()[-1] == "While away"
        kinds = page.evaluate("heard.map(({ kind }) => kind)")
        assert kinds.count("BEGUN") == 1
        assert all(page.evaluate("heard.map(({ lastEventId }) => lastEventId)"))
        page.evaluate("source.close()")


def test_a_form_is_refused_by_what_it_should_have_been(api: ServedApi, page: Page) -> None:
    with api.running():
        status, message = page.evaluate(FORM, f"{api.url}/imports")
    assert status == 415
    assert message == "Send the file itself as the body, not in a form."


def test_a_download_link_is_whole_and_leads_another_origin_to_the_file(
    api: ServedApi, page: Page
) -> None:
    with api.running():
        api.record("Kept for the export")
        payload = api.query(EXPORT)["exportMyData"]
        assert payload["userErrors"] == []
        made = payload["download"]
        assert made["url"].startswith(f"{api.url}/downloads/")
        status, text = page.evaluate(READ, made["url"])
        assert status == 200
        assert "Kept for the export" in text
        with page.expect_download() as followed:
            page.evaluate(FOLLOWED, made["url"])
        assert followed.value.suggested_filename == made["fileName"]
        assert "Kept for the export" in Path(followed.value.path()).read_text()
