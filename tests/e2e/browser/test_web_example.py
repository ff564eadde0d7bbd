"""The example of a web front end, built and used in a browser, from an origin other than the API's."""

import http.server
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from recollect.settings.settings import Settings
from tests.e2e.ports import free_port
from tests.e2e.served_api import ServedApi

EXAMPLE = Path(__file__).parents[3] / "examples/web"
ANSWER = """
mutation ($input: CompleteConversationInput!) {
  completeConversation(input: $input) { userErrors { message } } }
"""
TURNS = "{ viewer { sessions { nodes { id conversations { nodes { id query } } } } } }"
USER = "anna@example.com"

pytestmark = pytest.mark.skipif(
    shutil.which("npm") is None or not (EXAMPLE / "node_modules").is_dir(),
    reason="needs Node and npm: install them and run make setup",
)


class _Files(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def pages(folder: Path, port: int) -> Iterator[str]:
    """Serve a folder."""
    handler = partial(_Files, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_chats_are_opened_asked_in_and_followed_across_origins(
    browser: Browser, tmp_path: Path
) -> None:
    port = free_port()
    settings = Settings(
        data_dir=tmp_path / "data",
        cors_origins=(f"http://127.0.0.1:{port}",),
        cors_headers=("x-recollect-dev-user",),
    )
    api = ServedApi(tmp_path, settings)
    built = tmp_path / "web"
    built.mkdir()
    subprocess.run(
        [shutil.which("npm") or "npm", "run", "build", "--silent", "--", str(built)],
        cwd=EXAMPLE,
        env={**os.environ, "RECOLLECT_GRAPHQL": f"{api.url}/graphql"},
        check=True,
    )
    with api.running(), pages(built, port) as address:
        shared = api.record("From the phone", user=USER)
        page = browser.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{address}/?user={USER}")

        page.get_by_role("button", name="From the phone").click()
        turns = page.get_by_role("list", name="Turns").get_by_role("listitem")
        expect(turns).to_have_count(1)
        page.get_by_label("Question").fill("And from here?")
        page.get_by_role("button", name="Ask").click()
        expect(turns).to_have_text(["From the phone…", "And from here?…"])
        expect(page.locator(".pending")).to_have_count(0)

        (session,) = api.query(TURNS, user=USER)["viewer"]["sessions"]["nodes"]
        asked = session["conversations"]["nodes"][1]["id"]
        given = {"conversationId": asked, "response": "Yes."}
        api.query(ANSWER, user=USER, input=given)
        api.record("On the phone again", shared, user=USER)
        expect(turns).to_have_text(["From the phone…", "And from here?Yes.", "On the phone again…"])

        page.get_by_role("button", name="New chat").first.click()
        expect(page.get_by_text("2 active")).to_be_visible()
        expect(page.get_by_role("heading", name="New chat")).to_be_visible()
        assert faults == []
        page.close()
