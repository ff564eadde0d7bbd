"""The client's pages in a real browser: two people, two tabs, every page."""

import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.e2e.browser.browsing import WAIT, Account, in_menu, opened, settled
from tests.e2e.stack import Stack


def test_two_people_side_by_side_never_see_each_others_chats(
    browser: Browser, client: Stack
) -> None:
    Account(client, "anna@pages.example").record("Annas secret plan")
    session = Account(client, "ben@pages.example").record("Bens own question")
    anna = opened(browser, client, "anna@pages.example")
    ben = opened(browser, client, "ben@pages.example")
    anna.get_by_role("button", name="Annas secret plan", exact=True).wait_for()
    ben.get_by_role("button", name="Bens own question", exact=True).wait_for()

    expect(anna.get_by_text("Bens own question")).to_have_count(0)
    expect(ben.get_by_text("Annas secret plan")).to_have_count(0)
    stolen = opened(browser, client, "anna@pages.example", f"?session={session}")
    expect(stolen.get_by_role("heading", name="No such session")).to_be_visible()
    for page in (anna, ben, stolen):
        page.context.close()


def test_what_another_tab_does_appears_without_a_click(browser: Browser, client: Stack) -> None:
    session = Account(client, "cleo@pages.example").record("Where was I?")
    page = opened(browser, client, "cleo@pages.example", f"?session={session}")
    page.get_by_test_id("stChatMessage").first.wait_for()

    Account(client, "cleo@pages.example").record("Said on another device", sessionId=session)

    expect(
        page.get_by_test_id("stChatMessage").get_by_text("Said on another device")
    ).to_be_visible(timeout=WAIT)
    page.context.close()


def test_a_deep_link_opens_the_same_chat_elsewhere_and_a_search_hit_its_turn(
    browser: Browser, client: Stack
) -> None:
    session = Account(client, "dora@pages.example").record("The very first turn")
    for number in range(60):
        Account(client, "dora@pages.example").record(f"turn number {number}", sessionId=session)
    page = opened(browser, client, "dora@pages.example", f"?session={session}")
    expect(page.get_by_text("turn number 59", exact=True)).to_be_visible()

    page.get_by_placeholder("Search your history").fill("very first")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Search", exact=True).wait_for()
    page.locator(".st-key-hit-0").wait_for()
    page.locator("#stMain").get_by_placeholder("Search your history").focus()
    for _ in ("its session", "the turn"):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    message = page.get_by_test_id("stChatMessage").first
    expect(message).to_contain_text("The very first turn", timeout=WAIT)
    page.go_back()
    page.locator(".st-key-hit-0").wait_for()
    page.context.close()


def test_preferences_are_changed_and_take_effect(browser: Browser, client: Stack) -> None:
    sources = [{"title": "A book", "source": "https://books.example/1"}]
    session = Account(client, "eva@pages.example").record("Who said so?", citations=sources)
    page = opened(browser, client, "eva@pages.example", f"?session={session}")
    expect(page.get_by_text("Sources")).to_be_visible()

    page.get_by_role("link", name="Preferences").click()
    settled(page)
    page.get_by_text("Show sources", exact=True).click()
    expect(page.get_by_text("Yours", exact=True)).to_be_visible()
    page.goto(f"{client.url}/?session={session}&user=eva@pages.example")

    expect(page.get_by_test_id("stChatMessage").last).to_contain_text("An answer.")
    expect(page.get_by_text("Sources")).to_have_count(0)
    page.context.close()


def test_preferences_of_one_session_are_saved_as_they_are_changed(
    browser: Browser, client: Stack
) -> None:
    sources = [{"title": "A book", "source": "https://books.example/1"}]
    session = Account(client, "ida@pages.example").record("Who said so?", citations=sources)
    page = opened(browser, client, "ida@pages.example", f"?session={session}")
    expect(page.get_by_text("Sources", exact=True)).to_be_visible()
    settled(page)
    in_menu(page, "Who said so?", "Preferences")
    dialog = page.get_by_role("dialog")

    expect(dialog.get_by_label("Sources")).to_have_value("As in my preferences")

    dialog.get_by_label("Sources").click()
    page.get_by_role("option", name="Hide", exact=True).click()

    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    expect(dialog.get_by_text("This session", exact=True)).to_have_count(1)
    expect(dialog.get_by_role("button", name="Save")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("Sources", exact=True)).to_have_count(0)
    page.context.close()


def test_an_export_is_imported_again_after_everything_was_erased(
    browser: Browser, client: Stack, tmp_path: Path
) -> None:
    Account(client, "finn@pages.example").record("Worth keeping?", "Yes, it is.")
    page = opened(browser, client, "finn@pages.example", "library")
    page.get_by_role("button", name="Export all").click()
    page.get_by_role("button", name="Prepare").click()
    with page.expect_download(timeout=WAIT) as downloading:
        page.get_by_role("link", name="Download").click()
    file = tmp_path / downloading.value.suggested_filename
    downloading.value.save_as(file)
    assert "Worth keeping?" in file.read_text("utf-8")

    page.goto(f"{client.url}/privacy?user=finn@pages.example")
    settled(page)
    page.get_by_label("Type “erase everything” to continue").fill("erase everything")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Erase everything").click()
    expect(page.get_by_text("All your data was erased.")).to_be_visible(timeout=WAIT)

    page.goto(f"{client.url}/library?user=finn@pages.example")
    expect(page.get_by_text("Nothing here yet.")).to_be_visible()
    page.get_by_text("Import", exact=True).first.click()
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("Added: 1 session, 1 turn.")).to_be_visible(timeout=WAIT)
    page.goto(f"{client.url}/library?user=finn@pages.example")
    expect(page.get_by_role("button", name="Worth keeping?", exact=True).first).to_be_visible()
    page.context.close()


def test_text_in_every_script_is_shown_as_it_was_typed(browser: Browser, client: Stack) -> None:
    gus = Account(client, "gus@pages.example")
    session = gus.record("ما هو المد؟ 潮汐とは", "المد والجزر")
    page = opened(browser, client, gus.user, f"?session={session}", width=380)

    expect(page.get_by_text("ما هو المد؟ 潮汐とは", exact=True).last).to_be_visible()
    answer = page.get_by_test_id("stChatMessage").last.locator("p").first
    expect(answer).to_have_text("المد والجزر")
    expect(answer).to_have_css("unicode-bidi", "plaintext")
    page.context.close()


def test_the_pages_are_reached_by_keyboard_alone(browser: Browser, client: Stack) -> None:
    page = opened(browser, client, "hal@pages.example")
    settled(page)

    page.get_by_placeholder("Ask anything").focus()
    page.keyboard.type("What is Recollect?")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"session="))
    expect(page.get_by_test_id("stChatMessage")).to_have_count(2)
    settled(page)
    page.get_by_role("link", name="Library").press("Enter")

    expect(page.get_by_role("heading", name="Library")).to_be_visible()
    page.context.close()


def test_a_dialog_keeps_what_is_typed_while_another_tab_changes_something(
    browser: Browser, client: Stack
) -> None:
    ida = Account(client, "ida@pages.example")
    session = ida.record("Where was I?")
    page = opened(browser, client, ida.user, f"?session={session}")
    message = page.get_by_test_id("stChatMessage")
    message.get_by_text("Where was I?").wait_for()
    in_menu(page, "Where was I?", "Rename")
    page.get_by_role("textbox", name="Title").fill("Half a ti")

    ida.record("Said on another device", sessionId=session)

    # Longer than a page without a dialog takes to follow the change.
    page.wait_for_timeout(4000)
    expect(page.get_by_role("textbox", name="Title")).to_have_value("Half a ti")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(message.get_by_text("Said on another device")).to_be_visible()
    ida.record("And once more", sessionId=session)
    expect(message.get_by_text("And once more")).to_be_visible()
    page.context.close()
