"""Text typed, pasted and dropped into the question field, and the button to the end of a chat."""

from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser.browsing import Account, opened, said, settled
from tests.e2e.stack import Stack

PASTE = """text => {
  const given = new DataTransfer();
  given.setData("text/plain", text);
  const field = document.querySelector("[data-testid=stChatInputTextArea]");
  field.focus();
  const event = new ClipboardEvent("paste", {clipboardData: given, bubbles: true, cancelable: true});
  field.dispatchEvent(event);
}"""

AS_BEFORE_THE_SCRIPT = """() => {
  delete window.typing;
  for (const kept of Object.keys(sessionStorage))
    if (kept.startsWith("typed-")) sessionStorage.removeItem(kept);
}"""


def session_named(page: Page, title: str) -> None:
    page.get_by_test_id("stSidebar").get_by_role("button", name=title, exact=True).click()
    said(page, title)
    settled(page)


def test_what_is_typed_waits_in_its_session_across_switches_pages_and_reloads(
    browser: Browser, client: Stack
) -> None:
    account = Account(client, "nora@typing.example")
    account.record("About cats")
    session = account.record("About dogs")
    page = opened(browser, client, account.user, f"?session={session}")
    said(page, "About dogs")
    settled(page)
    field = page.get_by_placeholder("Ask anything")
    field.press_sequentially("Do dogs")

    session_named(page, "About cats")
    expect(field).to_have_value("")
    field.press_sequentially("Do cats")
    page.reload()
    expect(field).to_have_value("Do cats")
    page.get_by_role("link", name="Library").click()
    expect(page.get_by_role("heading", name="Library")).to_be_visible()
    page.get_by_role("link", name="Chat").click()
    expect(field).to_have_value("Do cats")
    session_named(page, "About dogs")
    expect(field).to_have_value("Do dogs")

    field.press_sequentially(" dream?")
    field.press("Enter")
    said(page, "Do dogs dream?")
    settled(page)
    expect(field).to_have_value("")
    page.reload()
    said(page, "Do dogs dream?")
    settled(page)
    expect(field).to_have_value("")
    page.context.close()


def test_what_is_typed_before_the_page_can_keep_it_stays(browser: Browser, client: Stack) -> None:
    account = Account(client, "quinn@typing.example")
    session = account.record("About birds")
    page = opened(browser, client, account.user, f"?session={session}")
    said(page, "About birds")
    settled(page)
    field = page.get_by_placeholder("Ask anything")
    field.fill("Do birds")
    page.evaluate(AS_BEFORE_THE_SCRIPT)

    account.record("Said elsewhere", sessionId=session)
    said(page, "Said elsewhere")
    settled(page)
    expect(field).to_have_value("Do birds")
    page.context.close()


def test_a_long_paste_and_a_text_file_are_quoted_and_what_is_no_text_is_refused(
    browser: Browser, client: Stack
) -> None:
    account = Account(client, "olga@typing.example")
    page = opened(browser, client, account.user)
    settled(page)
    field = page.get_by_placeholder("Ask anything")
    page.evaluate(PASTE, "All the minutes of March. " * 400)
    expect(page.get_by_text("pasted.txt")).to_be_visible()
    expect(field).to_have_value("")
    files = page.get_by_test_id("stChatInput").locator("input[type=file]")
    files.set_input_files({"name": "n.md", "mimeType": "text/markdown", "buffer": b"# Notes\n"})
    expect(page.get_by_text("n.md")).to_be_visible()
    field.fill("What was decided?")
    field.press("Enter")

    said(page, "What was decided?")
    message = page.get_by_test_id("stChatMessage").first
    expect(message.get_by_text("n.md")).to_be_visible()
    message.get_by_text("pasted.txt").click()
    expect(message.get_by_text("All the minutes of March.").first).to_be_visible()
    ((asked, _),) = account.turns()
    assert asked.startswith("What was decided?\n\nAttached file: pasted.txt\n```\nAll the minutes")
    assert asked.endswith("Attached file: n.md\n```\n# Notes\n```")

    settled(page)
    files.set_input_files({"name": "p.png", "mimeType": "image/png", "buffer": b"\x89PNG\0"})
    expect(page.get_by_text("p.png")).to_be_visible()
    field.fill("And this?")
    field.press("Enter")
    expect(page.get_by_text("p.png is not a text file in UTF-8.")).to_be_visible()
    expect(page.get_by_label("Your question was not sent")).to_have_value("And this?")
    page.context.close()


def test_a_button_leads_to_the_end_while_it_is_far_off(browser: Browser, client: Stack) -> None:
    account = Account(client, "pia@typing.example")
    session = account.record("Long?", "Very long.\n\n" * 200)
    page = opened(browser, client, account.user, f"?session={session}")
    said(page, "Long?")
    settled(page)
    jump = page.get_by_role("button", name="To the end")
    expect(jump).to_be_hidden()
    page.locator("#stMain").evaluate("main => main.scrollTo(0, 0)")
    expect(jump).to_be_visible()
    jump.press("Enter")
    expect(jump).to_be_hidden()
    page.context.close()
