"""The library in a real browser: what a mouse does there."""

import json
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.browser.browsing import WAIT, Account, opened
from tests.e2e.stack import Stack

# A drag from another window, which Playwright can't make: the events as the browser sends them.
DROP = """([name, text]) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([text], name));
  const heading = document.querySelector("h2");
  for (const kind of ["dragenter", "dragover", "drop"])
    heading.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
}"""


def box(page: Page, title: str) -> Locator:
    """Where a session's box can be clicked."""
    return page.get_by_test_id("stCheckbox").filter(has=page.get_by_label(f"Choose {title}"))


def test_a_range_is_chosen_with_shift_and_exported_with_one_click(
    browser: Browser, client: Stack, tmp_path: Path
) -> None:
    mara = Account(client, "mara@library.example")
    for number in range(6):
        mara.record(f"session {number}")
    page = opened(browser, client, mara.user, "library")
    box(page, "session 4").locator("label").click()
    expect(page.get_by_role("button", name="Export 1 chosen")).to_be_visible()
    box(page, "session 1").locator("label").click(modifiers=["Shift"])
    expect(page.get_by_role("button", name="Export 4 chosen")).to_be_visible()
    for number in range(6):
        expect(page.get_by_label(f"Choose session {number}")).to_be_checked(
            checked=1 <= number <= 4
        )

    with page.expect_download(timeout=WAIT) as downloading:
        page.get_by_role("button", name="As JSON").click()
    file = tmp_path / "exported.json"
    downloading.value.save_as(file)
    exported = file.read_text("utf-8")
    assert [f"session {number}" in exported for number in range(6)] == [False, *[True] * 4, False]
    page.context.close()


def test_a_file_dropped_anywhere_on_the_page_is_ready_to_be_imported(
    browser: Browser, client: Stack
) -> None:
    page = opened(browser, client, "lena@library.example", "library")
    page.locator(".st-key-import-panel input[type=file]").wait_for(state="attached")
    page.wait_for_function("window.takesDrops")
    turn = {"query": "Brought along?", "response": "Yes."}
    page.evaluate(DROP, ["chats.jsonl", json.dumps({"id": "chat-1", "turns": [turn]}) + "\n"])

    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("Added: 1 session, 1 turn.")).to_be_visible(timeout=WAIT)
    page.context.close()
