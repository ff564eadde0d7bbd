"""The client's page against a real API, by Streamlit's own test harness."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.e2e.served_api import ServedApi

PAGE = Path(__file__).parents[2] / "client/app.py"


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServedApi]:
    served = ServedApi(tmp_path)
    monkeypatch.setenv("RECOLLECT_API_URL", served.url)
    monkeypatch.setattr("stores.sqlite_file.BUSY_SECONDS", 2.0)
    with served.running():
        yield served


@pytest.fixture
def stopped_api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ServedApi:
    served = ServedApi(tmp_path)
    monkeypatch.setenv("RECOLLECT_API_URL", served.url)
    return served


def open_page(session: str | None = None) -> AppTest:
    page = AppTest.from_file(str(PAGE), default_timeout=60)
    if session:
        page.query_params["session"] = session
    return run(page)


def run(page: AppTest) -> AppTest:
    page.run()
    assert not page.exception
    return page


def type_turn(page: AppTest, question: str, answer: str = "") -> AppTest:
    page.text_area(key="question").input(question)
    page.text_area(key="answer").input(answer)
    return page


def press(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click()
    return run(page)


def typed(page: AppTest) -> tuple[str | None, str | None]:
    return page.text_area(key="question").value, page.text_area(key="answer").value


def shown(page: AppTest) -> list[tuple[str, str]]:
    """Question and answer, or what stands for it, of each turn on the page."""
    messages = page.chat_message
    texts = [(m.text or m.markdown or m.caption)[0].value for m in messages]
    assert [m.name for m in messages] == ["user", "assistant"] * (len(messages) // 2)
    return list(zip(texts[::2], texts[1::2], strict=True))


def sessions(page: AppTest) -> list[str]:
    return [b.label for b in page.sidebar.button if b.key and b.key.startswith("open-")]


def address(page: AppTest) -> str | None:
    """The session that the page's address names."""
    named = page.query_params.get("session")
    return named[0] if isinstance(named, list) else named


def problems(page: AppTest) -> list[str]:
    return [error.value for error in page.error]


def test_a_new_user_is_told_how_to_begin(api: ServedApi) -> None:
    page = open_page()

    assert page.sidebar.text[0].value == "you@example.com"
    assert [c.value for c in page.sidebar.caption] == ["None yet. Your first turn opens one."]
    assert [h.value for h in page.header] == ["New session"]
    assert shown(page) == []


def test_a_recorded_turn_opens_a_session_that_a_refresh_comes_back_to(api: ServedApi) -> None:
    page = type_turn(open_page(), "How tall is it?", "It is **300 m** tall.")

    press(page, "record")

    assert shown(page) == [("How tall is it?", "It is **300 m** tall.")]
    assert typed(page) == ("", "")
    assert sessions(page) == ["How tall is it\\? · 1 turn"]
    assert shown(open_page(address(page))) == shown(page)
    assert api.turns() == [("How tall is it?", "It is **300 m** tall.")]


def test_a_turn_goes_to_the_open_session_and_says_that_it_awaits_its_answer(
    api: ServedApi,
) -> None:
    page = open_page(api.record("first", response="one"))

    press(type_turn(page, "second"), "record")

    assert shown(page) == [("first", "one"), ("second", "Awaiting its answer")]
    assert sessions(page) == ["first · 2 turns"]


def test_another_session_can_be_opened_and_a_new_one_begun(api: ServedApi) -> None:
    older, newer = api.record("older"), api.record("newer")
    page = open_page(newer)

    press(page, f"open-{older}")
    assert shown(page) == [("older", "Awaiting its answer")]

    press(page, "new")
    assert address(page) is None
    press(type_turn(page, "third"), "record")
    assert sessions(page) == ["third · 1 turn", "newer · 1 turn", "older · 1 turn"]


def test_a_turn_whose_confirmation_was_lost_is_not_recorded_twice(api: ServedApi) -> None:
    page = type_turn(open_page(), "once", "only")
    api.lose_answers = True
    press(page, "record")
    assert typed(page) == ("once", "only")
    assert "What you typed is kept" in problems(page)[0]
    assert len(set(problems(page))) == len(problems(page)) == 1

    api.lose_answers = False
    press(page, "record")

    assert problems(page) == []
    assert typed(page) == ("", "")
    assert api.turns() == [("once", "only")]


def test_a_turn_that_was_changed_after_a_lost_confirmation_is_asked_about(api: ServedApi) -> None:
    page = type_turn(open_page(), "as first typed")
    api.lose_answers = True
    press(page, "record")
    api.lose_answers = False

    press(type_turn(page, "as changed"), "record")
    assert "recorded as you first typed it" in problems(page)[0]
    assert typed(page) == ("as changed", "")

    press(page, "record")
    assert [query for query, _ in api.turns()] == ["as changed", "as first typed"]


def test_a_refused_turn_says_why_and_keeps_the_text(api: ServedApi) -> None:
    long = "x" * (33 * 1024)
    page = type_turn(open_page(), long, "answer")

    press(page, "record")
    assert "the limit is 32768" in problems(page)[0]
    assert typed(page) == (long, "answer")

    press(type_turn(page, "   "), "record")
    assert problems(page) == ["Write a question first\\."]
    assert api.turns() == []


def test_an_unreachable_api_is_one_calm_sentence_until_it_is_back(stopped_api: ServedApi) -> None:
    page = type_turn(open_page(), "kept", "too")
    press(page, "record")
    assert len(problems(page)) == 1
    assert "be reached at the moment" in problems(page)[0]
    assert typed(page) == ("kept", "too")

    with stopped_api.running():
        press(page, "again")
        assert problems(page) == []
        assert typed(page) == ("kept", "too")
        press(page, "record")
        assert shown(page) == [("kept", "too")]

    press(page, "new")
    assert sessions(page) == ["kept · 1 turn"]
    assert len(problems(page)) == 1


def test_a_store_that_is_unavailable_keeps_the_text(api: ServedApi) -> None:
    session = api.record("first")
    page = type_turn(open_page(session), "second")
    with closing(sqlite3.connect(api.folder / "store.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        press(page, "record")
        other.execute("ROLLBACK")

    assert problems(page) == ["This can\\'t be answered at the moment\\; try again shortly\\."]
    assert typed(page) == ("second", "")
    press(page, "record")
    assert [query for query, _ in shown(page)] == ["first", "second"]


@pytest.mark.parametrize("named", ["Session.unknown", "nonsense", "Conversation.a.b"])
def test_an_address_of_no_session_is_said_to_be_so(api: ServedApi, named: str) -> None:
    api.record("mine")

    page = open_page(named)

    assert [h.value for h in page.header] == ["No such session"]
    assert sessions(page) == ["mine · 1 turn"]
    assert problems(page) == []


def test_a_search_shows_its_hits_and_opens_the_session(api: ServedApi) -> None:
    session = api.record("The *zebra* runs", response="fast")
    api.record("something else")
    page = open_page()

    page.text_input(key="words").input("zeb")
    run(page)

    assert "The \\*:yellow-background[zeb]ra\\* runs" in [c.value for c in page.sidebar.caption]
    press(page, "hit-0")
    assert address(page) == session
    assert shown(page) == [("The *zebra* runs", "fast")]


@pytest.mark.parametrize(
    ("words", "answer"),
    [("absent", "Nothing has all these words."), ("?!", "no letter or digit")],
)
def test_a_search_without_hits_says_why(api: ServedApi, words: str, answer: str) -> None:
    api.record("something")
    page = open_page()

    page.text_input(key="words").input(words)
    run(page)

    said = [c.value for c in page.sidebar.caption] + problems(page)
    assert any(answer in sentence for sentence in said)
    assert sessions(page) == ["something · 1 turn"]


def test_more_hits_follow_on_demand(api: ServedApi) -> None:
    session = api.record("zebra 0")
    for number in range(1, 13):
        api.record(f"zebra {number}", session)
    page = open_page()
    page.text_input(key="words").input("zebra")
    run(page)

    while any(button.key == "more-hits" for button in page.sidebar.button):
        press(page, "more-hits")

    found = [c.value for c in page.sidebar.caption if "zebra" in c.value]
    assert found == [f":yellow-background[zebra] {number}" for number in range(12, -1, -1)]


def test_more_sessions_follow_on_demand_and_stay_while_new_ones_come(api: ServedApi) -> None:
    for number in range(25):
        api.record(f"session {number}")
    page = open_page()
    assert len(sessions(page)) == 20

    press(page, "more-sessions")
    assert sessions(page) == [f"session {n} · 1 turn" for n in range(24, -1, -1)]

    api.record("newest")
    run(page)
    assert sessions(page)[0] == "newest · 1 turn"
    assert len(sessions(page)) == 26


def test_earlier_turns_follow_on_demand_and_stay_while_new_ones_come(api: ServedApi) -> None:
    session = api.record("turn 0")
    for number in range(1, 60):
        api.record(f"turn {number}", session)
    page = open_page(session)
    assert [query for query, _ in shown(page)] == [f"turn {n}" for n in range(10, 60)]

    press(page, "earlier")
    assert [query for query, _ in shown(page)] == [f"turn {n}" for n in range(60)]

    press(type_turn(page, "turn 60"), "record")
    assert [query for query, _ in shown(page)] == [f"turn {n}" for n in range(61)]


def test_turns_without_text_say_so(api: ServedApi) -> None:
    api.query(
        "mutation { updatePreferences(input: {preferences: {privacySettings:"
        " {saveConversations: false}}}) { userErrors { message } } }"
    )

    page = press(type_turn(open_page(), "secret", "answer"), "record")

    assert shown(page) == [("The text of this turn is not kept.",) * 2]


def test_a_rerun_makes_two_requests_at_most(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(22):
        session = api.record(f"session {number}")
    reruns: list[int] = []
    begin = st.set_page_config

    def counted(**settings: Any) -> None:
        reruns.append(api.requests)
        begin(**settings)

    monkeypatch.setattr(st, "set_page_config", counted)
    page = open_page()

    def requests(*keys: str) -> list[int]:
        """How many requests each rerun made that a click on these buttons led to."""
        reruns.clear()
        for key in keys:
            page.button(key=key).click()
        run(page)
        return [after - before for before, after in pairwise([*reruns, api.requests])]

    assert requests() == [1]
    assert requests(f"open-{session}") == [1]
    assert requests("more-sessions") == [2]
    type_turn(page, "turn")
    assert requests("record") == [2]
    page.text_input(key="words").input("session")
    assert requests() == [2]
    assert requests("more-hits") == [2]
    page.text_input(key="words").input("turn")
    type_turn(page, "both at once")
    assert requests("record") == [1, 2]
    assert shown(page)[-1][0] == "both at once"
    assert any("turn" in c.value for c in page.sidebar.caption)


def test_text_is_shown_as_it_was_typed(api: ServedApi) -> None:
    text = "# <b>bold</b> *not* [a](b) :red[x] $y$ `z`\nsecond line"

    page = press(type_turn(open_page(), text, "<script>alert(1)</script> **said**"), "record")

    assert shown(page) == [(text, "<script>alert(1)</script> **said**")]
    (label,) = sessions(page)
    assert label.startswith(
        "\\# \\<b\\>bold\\<\\/b\\> \\*not\\* \\[a\\]\\(b\\) \\:red\\[x\\] \\$y\\$"
    )
    assert not any(element.proto.allow_html for element in page.markdown)


def test_one_browser_knows_nothing_of_another(api: ServedApi) -> None:
    one, other = open_page(), open_page()
    type_turn(one, "a draft of one")
    press(one, "record")

    assert typed(other) == ("", "")
    assert address(other) is None
    assert one.session_state["state"].api is not other.session_state["state"].api
