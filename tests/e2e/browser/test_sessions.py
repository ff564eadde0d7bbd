"""Managing sessions in a real browser: switch, rename, archive, delete, export."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser.browsing import WAIT, Account, ask, in_menu, listed, opened, said, settled
from tests.e2e.stack import Stack


def test_sessions_are_switched_and_a_refresh_and_the_way_back_come_to_the_same_one(
    browser: Browser, client: Stack
) -> None:
    anna = Account(client, "anna@sessions.example")
    first = anna.record("How do tides work?", "The moon pulls.")
    second = anna.record("Why is the sky blue?", "Short waves scatter.")
    page = opened(browser, client, anna.user)

    page.get_by_role("button", name="How do tides work?", exact=True).click()
    said(page, "The moon pulls.")
    page.get_by_role("button", name="Why is the sky blue?", exact=True).click()
    said(page, "Short waves scatter.")
    expect(page.get_by_text("The moon pulls.")).to_have_count(0)
    expect(page).to_have_url(re.compile(f"session={second}"))

    page.reload()
    said(page, "Short waves scatter.")
    expect(page.get_by_text("The moon pulls.")).to_have_count(0)
    page.go_back()
    said(page, "The moon pulls.")
    expect(page).to_have_url(re.compile(f"session={first}"))
    page.get_by_role("button", name="New session", exact=True).click()
    expect(page.get_by_role("heading", name="New session")).to_be_visible()
    settled(page)
    ask(page, "What about wind?")
    said(page, "Answer to: What about wind?")
    listed(page, "What about wind?")
    assert len(anna.sessions()) == 3
    page.context.close()


def test_a_session_is_in_view_at_its_end_what_was_done_at_once_and_a_hit_at_its_turn(
    browser: Browser, client: Stack
) -> None:
    ben = Account(client, "ben@sessions.example")
    long = "A line.\n\n" * 8
    session = ben.record("Turn 1", long)
    for number in range(2, 8):
        ben.record(f"Turn {number}", long, sessionId=session)
    other = ben.record("Another 1", long)
    for number in range(2, 8):
        ben.record(f"Another {number}", long, sessionId=other)
    page = opened(browser, client, ben.user, f"?session={session}")

    expect(page.get_by_text("Turn 7", exact=True)).to_be_in_viewport()
    settled(page)
    page.get_by_role("heading", name="Turn 1").scroll_into_view_if_needed()
    expect(page.get_by_text("Turn 7", exact=True)).not_to_be_in_viewport()
    page.get_by_role("button", name="Another 1", exact=True).click()
    expect(page.get_by_text("Another 7", exact=True)).to_be_in_viewport()
    in_menu(page, "Turn 1", "Archive")
    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_in_viewport()

    settled(page)
    page.get_by_placeholder("Search your history").fill("turn 3")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Search", exact=True).wait_for()
    page.locator(".st-key-hit-0 button").click()
    expect(page.get_by_test_id("stChatMessage").get_by_text("Turn 3")).to_be_in_viewport()
    page.context.close()


def test_a_session_is_renamed_pinned_and_tagged_from_its_menu(
    browser: Browser, client: Stack
) -> None:
    cleo = Account(client, "cleo@sessions.example")
    session = cleo.record("How do tides work?")
    page = opened(browser, client, cleo.user, f"?session={session}")

    in_menu(page, "How do tides work?", "Rename")
    page.get_by_role("dialog").get_by_label("Title").fill("Tides & moons")
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    listed(page, "Tides & moons")
    expect(page.get_by_role("heading", name="Tides & moons")).to_be_visible()

    in_menu(page, "Tides & moons", "Pin")
    expect(page.get_by_test_id("stSidebar").get_by_text("Pinned")).to_be_visible()
    in_menu(page, "Tides & moons", "Tags")
    page.get_by_role("dialog").get_by_label("Tags").fill("sea, moon")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.locator("#stMain").get_by_text("sea", exact=True)).to_be_visible()

    (kept,) = cleo.sessions()
    assert (kept["title"], kept["pinned"]) == ("Tides & moons", True)
    assert kept["tags"] == ["sea", "moon"]
    page.context.close()


def test_a_session_is_archived_and_made_active_deleted_and_brought_back(
    browser: Browser, client: Stack
) -> None:
    dora = Account(client, "dora@sessions.example")
    title = "Worth keeping?"
    session = dora.record(title, "Yes.")
    page = opened(browser, client, dora.user, f"?session={session}")

    in_menu(page, title, "Archive")
    expect(page.get_by_text(f"Archived: {title}")).to_be_visible()
    in_menu(page, title, "Make active")
    expect(page.get_by_text(f"Archived: {title}")).to_have_count(0)
    assert [kept["status"] for kept in dora.sessions()] == ["ACTIVE"]

    in_menu(page, title, "Delete")
    expect(page.get_by_text(f"Deleted: {title}")).to_be_visible()
    listed(page, title, count=0)
    expect(page.get_by_text("Yes.", exact=True)).to_have_count(0)
    assert dora.sessions() == []
    page.get_by_role("button", name="Undo", exact=True).click()

    listed(page, title)
    page.get_by_role("button", name=title, exact=True).click()
    said(page, "Yes.")
    assert dora.turns() == [(title, "Yes.")]
    page.context.close()


def test_on_a_phone_the_sidebar_makes_room_for_what_was_chosen_in_it(
    browser: Browser, client: Stack
) -> None:
    gus = Account(client, "gus@sessions.example")
    gus.record("How do tides work?", "The moon pulls.")
    page = opened(browser, client, gus.user, width=380)
    page.get_by_role("heading", name="New session").wait_for()
    side = page.get_by_test_id("stSidebar")

    page.get_by_test_id("stExpandSidebarButton").click()
    expect(side).to_have_attribute("data-collapsed", "false")
    page.get_by_role("button", name="How do tides work?", exact=True).click()

    said(page, "The moon pulls.")
    expect(side).to_have_attribute("data-collapsed", "true")
    page.context.close()


def test_on_a_phone_the_welcome_shows_from_its_beginning(browser: Browser, client: Stack) -> None:
    page = opened(browser, client, "new@sessions.example", width=380)
    page.set_viewport_size({"width": 380, "height": 600})
    page.reload()
    settled(page)
    heading = page.get_by_role("heading", name="Welcome to Recollect")
    expect(heading).to_be_in_viewport()
    page.context.close()


def test_one_session_is_exported_from_its_menu_without_the_others(
    browser: Browser, client: Stack, tmp_path: Path
) -> None:
    eva = Account(client, "eva@sessions.example")
    eva.record("A secret of another session")
    session = eva.record("How do tides work?", "The moon pulls.")
    page = opened(browser, client, eva.user, f"?session={session}")

    in_menu(page, "How do tides work?", "Export")
    page.get_by_role("button", name="Prepare").click()
    with page.expect_download(timeout=WAIT) as downloading:
        page.get_by_role("link", name="Download").click()

    file = tmp_path / "export"
    downloading.value.save_as(file)
    (exported,) = json.loads(file.read_text("utf-8"))["sessions"]
    assert downloading.value.suggested_filename.endswith(".json")
    assert [(t["query"], t["response"]) for t in exported["turns"]] == [
        ("How do tides work?", "The moon pulls.")
    ]
    page.context.close()


def test_a_question_is_asked_and_a_session_opened_by_keyboard_alone(
    browser: Browser, client: Stack
) -> None:
    finn = Account(client, "finn@sessions.example")
    session = finn.record("How do tides work?", "The moon pulls.")
    page = opened(browser, client, finn.user)
    listed(page, "How do tides work?")

    def tab_to(name: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            focused = page.evaluate(
                "document.activeElement.placeholder || document.activeElement.innerText.trim()"
            )
            if focused == name:
                return
        pytest.fail(f"the keyboard does not reach {name}")

    tab_to("How do tides work?")
    page.keyboard.press("Enter")
    said(page, "The moon pulls.")
    expect(page).to_have_url(re.compile(f"session={session}"))
    tab_to("Ask anything")
    page.keyboard.type("And at night?")
    page.keyboard.press("Enter")

    said(page, "Answer to: And at night?")
    expect(page).to_have_url(re.compile(f"session={session}"))
    page.context.close()
