"""The export dialogs against a real API. The harness draws whole pages, so here each dialog is one."""

import re
from collections.abc import Iterator

import httpx
import pytest
from streamlit.testing.v1 import AppTest

from client.answerers import choose_answerer
from client.api.enums import ExportFormat
from client.api.input_types import ExportSessionsInput
from client.state.browser_tab import Tab
from client.state.file_transfer import download, offered
from client.state.identity import Person
from client.state.tab_client import TabClient
from tests.e2e.client.app_pages import press, problems, run
from tests.e2e.served_api import ServedApi


def exporting() -> None:
    import streamlit as st

    from client.state.browser_tab import current_tab
    from client.widgets.export_dialog import everything_dialog, sessions_dialog

    tab = current_tab()
    assert tab is not None
    ids = st.session_state["ids"]
    (everything_dialog(tab) if ids == "all" else sessions_dialog(tab, ids))()


def dialog(ids: object) -> AppTest:
    page = AppTest.from_function(exporting, default_timeout=120)
    page.session_state["ids"] = ids
    return run(page)


def offered_by(page: AppTest) -> tuple[list[str], list[str]]:
    return [c.value for c in page.caption], [b.label for b in page.download_button]


@pytest.fixture
def tab(api: ServedApi) -> Iterator[Tab]:
    client = TabClient(api.url, {})
    yield Tab(Person("dev None", {}), api.url, client, choose_answerer({}))
    client.close()


def test_chosen_sessions_all_and_everything_are_offered(api: ServedApi) -> None:
    chosen = api.record("to be exported", response="yes")
    api.record("another")
    api.record("not mine", user="ben@example.com")

    assert offered_by(press(dialog([chosen]), "prepare")) == (["1 session, 1 turn."], ["Download"])
    page = dialog(None)
    assert not page.checkbox
    page.selectbox(key="export-format").set_value(ExportFormat.CSV).run()
    page.checkbox(key="export-branches").check()
    assert offered_by(press(page, "prepare")) == (["2 sessions, 2 turns."], ["Download"])
    # The browser remembers the format for the next time.
    assert any("recollect-export-format=CSV;" in html.value for html in page.html)
    assert offered_by(press(dialog("all"), "prepare")) == (["2 sessions, 2 turns."], ["Download"])


def test_an_export_of_what_is_not_there_or_of_a_stopped_api_says_so(
    stopped_api: ServedApi,
) -> None:
    with stopped_api.running():
        foreign = stopped_api.record("not mine", user="ben@example.com")
        page = press(dialog([foreign]), "prepare")
        assert len(problems(page)) == 1
        assert not page.download_button
    press(page, "prepare")
    assert "be reached at the moment" in problems(page)[0]
    assert not page.download_button


def test_where_browsers_reach_the_api_they_are_given_its_link_and_nothing_passes_through_the_client(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECOLLECT_PUBLIC_API_URL", f"{api.url}/")
    api.record("to be exported", response="yes")
    page = dialog(None)
    before = api.requests

    captions, files = offered_by(press(page, "prepare"))

    assert api.requests == before + 1
    assert files == []
    assert captions[0] == "1 session, 1 turn."
    assert re.search(r"works until \d\d:\d\d", captions[1])
    (link,) = page.get("link_button")
    file = httpx.get(link.proto.url, headers={"Origin": "https://chat.example"}, timeout=60)
    assert "to be exported" in file.text
    assert file.headers["Content-Disposition"].startswith("attachment; filename=")


@pytest.mark.parametrize("format_", ExportFormat)
def test_the_file_of_every_format_holds_the_words(
    api: ServedApi, tab: Tab, format_: ExportFormat
) -> None:
    api.record("Wörter 天気", response="und mehr")
    made = tab.api.export_sessions(ExportSessionsInput(format=format_))

    text = download(tab, offered(made)).decode()

    assert "und mehr" in text
    assert "天気" in text
