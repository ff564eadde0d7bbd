"""The library against a real API, in Streamlit's own test harness."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.e2e.client.app_pages import (
    Requests,
    captions,
    choose,
    go_to,
    keys,
    open_page,
    press,
    problems,
    run,
    submit,
)
from tests.e2e.served_api import ServedApi
from tests.integration.transfer.foreign_files import gpt_greeted

EMPTY = "Nothing here yet. Your chats from the page Chat will be listed here."
OTHER = "ben@example.com"


def view(page: AppTest, name: str) -> AppTest:
    page.segmented_control(key="library-view").set_value(name)
    return run(page)


def listed(page: AppTest) -> list[str]:
    """The titles on the page, in its order."""
    return [
        box.label.removeprefix("Choose ") for box in page.main.checkbox if box.key != "all-chosen"
    ]


def tick(page: AppTest, *sessions: str) -> AppTest:
    for session in sessions:
        page.checkbox(key=f"choose-{session}").check()
    return run(page)


def test_nobody_sees_another_persons_sessions_and_the_empty_library_says_what_to_do(
    api: ServedApi,
) -> None:
    api.record("only mine")

    page = open_page("library", OTHER)
    assert listed(page) == []
    assert EMPTY in captions(page)

    page.query_params["user"] = "you@example.com"
    assert listed(run(page)) == ["only mine"]
    page.query_params["user"] = OTHER
    assert listed(run(page)) == []


def test_many_sessions_are_archived_deleted_and_restored_at_once(api: ServedApi) -> None:
    ids = [api.record(f"session {number}") for number in range(3)]
    page = open_page("library")
    assert listed(page) == ["session 2", "session 1", "session 0"]
    assert page.button(key="bulk-Archive").disabled

    tick(page, *ids[:2])
    press(page, "bulk-Archive")
    assert [s.value for s in page.success] == ["Archived: 2 sessions."]
    view(page, "Archived")
    assert listed(page) == ["session 1", "session 0"]
    view(page, "Active")
    assert listed(page) == ["session 2"]

    tick(page, ids[2])
    press(page, "bulk-Delete")
    assert listed(page) == []
    view(page, "Trash")
    assert listed(page) == ["session 2"]
    press(page, f"restore-{ids[2]}")
    assert EMPTY not in captions(page)
    assert "The trash is empty." in captions(page)
    view(page, "All")
    assert "session 2" in listed(page)


def test_all_sessions_are_sorted_by_a_column_not_only_those_listed(api: ServedApi) -> None:
    api.record("first")
    long = api.record("long")
    api.record("More", sessionId=long)
    for number in range(20):
        api.record(f"short {number}")
    page = open_page("library")
    latest_first = [f"short {number}" for number in reversed(range(20))]
    assert listed(page) == latest_first

    assert listed(press(page, "sort-turns"))[0] == "long"
    assert "long" not in listed(press(page, "sort-turns"))
    assert listed(press(page, "library-more"))[-1] == "long"
    assert listed(press(page, "sort-active")) == latest_first
    assert listed(press(page, "sort-active"))[:3] == ["first", "long", "short 0"]
    assert listed(press(page, "library-more"))[-1] == "short 19"


def test_the_trash_is_sorted_by_when_sessions_were_deleted(api: ServedApi) -> None:
    ids = [api.record(f"session {number}") for number in range(2)]
    page = open_page("library")
    press(page, "sort-turns")
    for session in ids:
        tick(page, session)
        press(page, "bulk-Delete")

    view(page, "Trash")

    assert listed(page) == ["session 1", "session 0"]
    assert keys(page, "sort-") == ["sort-active"]
    assert listed(press(page, "sort-active")) == ["session 0", "session 1"]


def test_all_sessions_are_tagged_at_once_and_lose_a_tag_again(api: ServedApi) -> None:
    ids = [api.record(f"session {number}") for number in range(3)]

    def tags() -> list[list[str]]:
        found = api.query("{ viewer { sessions(first: 3) { nodes { tags } } } }")
        return [node["tags"] for node in found["viewer"]["sessions"]["nodes"]]

    page = open_page("library")
    assert page.button(key="bulk-tags").disabled
    page.checkbox(key="all-chosen").check()
    press(run(page), "bulk-tags")
    page.text_input(key="tags-added").input("work, x" + "x" * 50)
    submit(page, "Save")
    assert len(problems(page)) == 1
    assert tags() == [[], [], []]
    page.text_input(key="tags-added").input("work, travel")
    submit(page, "Save")
    assert [s.value for s in page.success] == ["Tags changed: 3 sessions."]
    assert tags() == [["work", "travel"]] * 3

    page.checkbox(key=f"choose-{ids[0]}").uncheck()
    run(page)
    assert not page.checkbox(key="all-chosen").value
    press(page, "bulk-tags")
    page.multiselect(key="tags-removed").set_value(["work"])
    submit(page, "Save")
    assert sorted(tags()) == [["travel"], ["travel"], ["work", "travel"]]


def test_sessions_are_found_by_title_and_tag_and_none_is_said_so(api: ServedApi) -> None:
    tagged = api.record("About tides")
    api.record("About storms")
    api.query(
        'mutation ($id: ID!) { setSessionTags(input: {sessionId: $id, tags: ["sea"]})'
        " { userErrors { message } } }",
        id=tagged,
    )
    page = open_page("library")

    page.text_input(key="library-title").input("about storms")
    assert listed(run(page)) == ["About storms"]
    page.text_input(key="library-title").input("")
    page.text_input(key="library-tag").input("sea")
    assert listed(run(page)) == ["About tides"]
    assert page.button(key=f"open-{tagged}").label == "About tides :gray-badge[sea]"
    page.text_input(key="library-title").input("storms")
    run(page)
    assert listed(page) == []
    assert "Nothing matches. Clear title and tag to see all sessions." in captions(page)


def test_a_session_is_opened_and_its_menu_works_here_too(api: ServedApi) -> None:
    session = api.record("mine")
    page = open_page("library")

    choose(page, f"menu-{session}", "Delete")
    assert listed(page) == []
    press(page, "undo")
    assert listed(page) == ["mine"]
    press(page, f"open-{session}")
    assert [h.value for h in page.header] == ["mine"]
    assert page.query_params["session"] in (session, [session])


def test_a_stopped_api_is_one_calm_sentence_and_the_rows_stay(stopped_api: ServedApi) -> None:
    with stopped_api.running():
        session = stopped_api.record("kept")
        page = open_page("library")
    run(page)
    assert len(problems(page)) == 1
    assert "be reached at the moment" in problems(page)[0]
    assert listed(page) == ["kept"]

    choose(page, f"menu-{session}", "Archive")
    assert len(problems(page)) == 1

    with stopped_api.running():
        press(page, "again")
        assert problems(page) == []
        assert listed(page) == ["kept"]


def test_a_rerun_makes_one_request_and_one_more_for_what_was_clicked(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(22):
        session = api.record(f"session {number}")
    counted = Requests(api, monkeypatch)
    page = open_page("library")
    assert counted.of(page) == [1]
    assert len(listed(page)) == 20

    page.button(key="library-more").click()
    assert counted.of(page) == [2]
    assert len(listed(page)) == 22
    tick(page, session)
    page.button(key="bulk-Archive").click()
    assert counted.of(page) == [2]


def test_a_file_is_tried_then_imported_once(api: ServedApi) -> None:
    turn = {"query": "Brought along?", "response": "Yes."}
    file = json.dumps({"id": "chat-1", "turns": [turn]}).encode() + b"\n"
    page = open_page("library")

    page.file_uploader(key="import-file").upload("chats.jsonl", file)
    run(page)
    press(page, "import-try")
    assert any(said.value == "Would be added: 1 session, 1 turn." for said in page.info)
    assert listed(page) == []
    press(page, "import-now")
    assert [said.value for said in page.success] == ["Added: 1 session, 1 turn."]
    assert listed(page) == ["Brought along\\?"]
    press(page, "import-now")
    assert "already there" in page.success[0].value
    assert len(listed(run(page))) == 1
    assert not page.success


def test_a_tried_file_shows_its_first_sessions_and_what_would_be_left_out(api: ServedApi) -> None:
    page = open_page("library")
    page.file_uploader(key="import-file").upload(
        "conversations.json", json.dumps(gpt_greeted()).encode()
    )
    run(page)
    press(page, "import-try")
    shown = "\n".join(said.value for said in page.caption)
    assert "- A chat (15 Jun 2025, 1 turn)" in shown
    assert "- Answers that no question comes before: 1" in shown
    assert "Kept for 90 days" in shown


def test_an_import_makes_one_request_more_and_its_old_sessions_come_in_their_order(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(22):
        api.record(f"session {number}")
    earlier = (datetime.now(UTC) - timedelta(days=9)).timestamp()
    message = {
        "author": {"role": "user"},
        "content": {"content_type": "text", "parts": ["Long ago?"]},
        "create_time": earlier,
    }
    chat = {
        "id": "chat-1",
        "title": "Long ago",
        "create_time": earlier,
        "update_time": earlier,
        "current_node": "a",
        "mapping": {"a": {"id": "a", "parent": None, "children": [], "message": message}},
    }
    file = json.dumps([chat]).encode()
    page = press(open_page("library"), "library-more")
    page.file_uploader(key="import-file").upload("conversations.json", file)
    run(page)
    counted = Requests(api, monkeypatch)

    page.button(key="import-now").click()
    assert counted.of(page) == [2, 1]
    assert [said.value for said in page.success] == ["Added: 1 session, 1 turn."]
    assert len(listed(page)) == 20
    press(page, "library-more")
    assert listed(page)[-1] == "Long ago"


def test_a_file_that_is_none_of_chats_and_a_stopped_api_are_said(stopped_api: ServedApi) -> None:
    with stopped_api.running():
        page = open_page("library")
        page.file_uploader(key="import-file").upload(
            "holiday.png", b"\x89PNG\r\n\x1a\n" + bytes(99)
        )
        run(page)
        press(page, "import-now")
        assert len(problems(page)) == 1
    press(page, "import-now")
    assert all("be reached at the moment" in problem for problem in problems(page))
    assert problems(page)
    assert go_to(page, "chat")


def test_one_click_exports_also_where_the_browser_does_not_reach_the_api(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.record("<tides>", response="The moon pulls.")
    page = open_page("library")

    press(page, "export-now")
    (script,) = [html.value for html in page.html if "downloadedOnce" in html.value]
    _once, name, kind, address, content = json.loads(script.split("(...")[1].split(");\n")[0])
    assert name.endswith(".json")
    assert (kind, address) == ("application/json", None)
    assert "<tides>" in base64.b64decode(content).decode()
    # Another click would download the file again; another run of the page doesn't.
    assert not any("downloadedOnce" in html.value for html in run(page).html)

    monkeypatch.setattr("client.widgets.export_dialog.AT_ONCE", 10)
    press(page, "export-now")
    assert not any("downloadedOnce" in html.value for html in page.html)
    assert [button.label for button in page.download_button] == ["Download"]


def test_the_browser_remembers_the_format_of_the_last_export(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.record("tides", response="The moon pulls.")
    page = open_page("library")
    assert page.button(key="export-now").label == "As JSON"
    cookies = {"recollect-export-format": "MARKDOWN"}
    monkeypatch.setattr(type(st.context), "cookies", property(lambda _: cookies))
    assert open_page("library").button(key="export-now").label == "As Markdown"
    cookies["recollect-export-format"] = "<script>"
    assert open_page("library").button(key="export-now").label == "As JSON"
