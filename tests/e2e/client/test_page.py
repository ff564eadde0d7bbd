"""The chat page against a real API and a real answer service, by Streamlit's own test harness."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import ChatInput

from client.formatting.answer_text import drawn
from tests.e2e.account import archive, session_of
from tests.e2e.client.answer_service import AnswerService
from tests.e2e.client.app_pages import (
    Requests,
    captions,
    choose,
    go_to,
    keys,
    new_page,
    press,
    problems,
    run,
    submit,
)
from tests.e2e.served_api import ServedApi

WAITING = "No answer yet."


@pytest.fixture(autouse=True)
def answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[AnswerService]:
    service = AnswerService()
    with service.running():
        monkeypatch.setenv("RECOLLECT_ANSWERER", "chat")
        monkeypatch.setenv("RECOLLECT_ANSWER_URL", service.url)
        yield service


def open_page(session: str | None = None) -> AppTest:
    return run(new_page(session=session))


def type_question(page: AppTest, question: str) -> AppTest:
    (field,) = page.get("chat_input")
    assert isinstance(field, ChatInput)
    field.set_value(question)
    return page


def ask(page: AppTest, question: str) -> AppTest:
    return run(type_question(page, question))


def draft(page: AppTest) -> str | None:
    """What is kept of a question that could not be sent."""
    kept = [area.value for area in page.text_area if (area.key or "").startswith("draft-")]
    return kept[0] if kept else None


def shown(page: AppTest) -> list[tuple[str, str]]:
    """Question and answer, or what stands for it, of each turn on the page."""
    messages = page.chat_message
    texts = [unescaped((m.text or m.markdown or m.caption)[0].value) for m in messages]
    assert [m.name for m in messages] == ["user", "assistant"] * (len(messages) // 2)
    return list(zip(texts[::2], texts[1::2], strict=True))


def unescaped(markdown: str) -> str:
    return re.sub(r"\\([^\w\s])", r"\1", markdown)


def answered(*questions: str) -> list[tuple[str, str]]:
    return [(question, f"Answer to: {question}") for question in questions]


def sessions(page: AppTest) -> list[str]:
    return [b.label for b in page.sidebar.button if b.key and b.key.startswith("open-")]


def address(page: AppTest) -> str | None:
    """The session that the page's address names."""
    named = page.query_params.get("session")
    return named[0] if isinstance(named, list) else named


def test_a_new_user_is_told_how_to_begin(api: ServedApi) -> None:
    page = open_page()

    assert [c.value for c in page.sidebar.caption] == [
        "No sessions yet. Your first question starts one."
    ]
    assert [h.value for h in page.header] == ["Welcome to Recollect"]
    assert shown(page) == []
    assert len(keys(page, "example-")) == 4

    press(page, "example-1")
    ((question, answer),) = shown(page)
    assert answer == f"Answer to: {question}"
    press(page, "new")
    assert [h.value for h in page.header] == ["New session"]
    assert keys(page, "example-") == []


def test_a_question_is_answered_and_a_refresh_comes_back_to_it(api: ServedApi) -> None:
    page = ask(open_page(), "How tall is it?")

    assert shown(page) == answered("How tall is it?")
    assert sessions(page) == ["How tall is it\\?"]
    assert shown(open_page(address(page))) == shown(page)
    assert api.turns() == answered("How tall is it?")


def privacy(api: ServedApi) -> Any:
    """Whether turns are saved, and whether analysts see them."""
    found = api.query(
        "{ viewer { preferences { privacySettings { saveConversations analyticsOptIn } } } }"
    )["viewer"]["preferences"]["privacySettings"]
    return found["saveConversations"], found["analyticsOptIn"]


@pytest.mark.parametrize(
    ("key", "on", "in_force", "recorded"),
    [
        ("first-saving", False, (False, False), (None, None)),
        ("first-analytics", True, (True, True), ("Why?", "Answer to: Why?")),
    ],
)
def test_what_a_new_user_switches_holds_for_the_first_question(
    api: ServedApi,
    monkeypatch: pytest.MonkeyPatch,
    key: str,
    on: bool,
    in_force: tuple[bool, bool],
    recorded: tuple[str | None, str | None],
) -> None:
    counted = Requests(api, monkeypatch)
    page = open_page()
    page.toggle(key=key).set_value(on)
    assert counted.of(page) == [2]
    assert page.toggle(key=key).value is on
    # In a form the browser would tell nobody before the form's own button is pressed.
    assert not page.toggle(key=key).proto.form_id

    type_question(page, "Why?")
    assert counted.of(page)[:3] == [1, 2, 1]

    assert shown(page) == answered("Why?")
    assert privacy(api) == in_force
    assert api.turns() == [recorded]


def test_a_first_question_waits_until_what_was_switched_is_in_force(api: ServedApi) -> None:
    page = open_page()
    page.toggle(key="first-saving").set_value(False)
    api.lose_answers = True
    ask(run(page), "secret")
    api.lose_answers = False
    assert draft(page) == "secret"
    assert api.turns() == []

    submit(page, "Send again")

    assert shown(page) == answered("secret")
    ((question, answer),) = api.turns()
    assert question is answer is None


def test_what_was_decided_on_the_page_privacy_is_not_undone_by_the_first_question(
    api: ServedApi,
) -> None:
    page = open_page()
    page.toggle(key="first-analytics").set_value(True)
    go_to(run(page), "privacy")
    page.toggle(key="preference-privacySettings.saveConversations").set_value(False)
    go_to(run(page), "chat")

    ask(page, "secret")

    assert privacy(api) == (False, True)


def test_what_was_said_before_and_the_preferences_reach_the_answer_service(
    api: ServedApi, answers: AnswerService
) -> None:
    api.query(
        "mutation { updatePreferences(input: {preferences: {responseStyle: CONCISE,"
        ' languagePreference: "pt-BR"}}) { userErrors { message } } }'
    )
    page = ask(open_page(), "first")

    ask(page, "second")

    wishes, *said = answers.asked[-1]
    assert "pt-BR" in wishes["content"]
    assert "few sentences" in wishes["content"]
    assert [message["content"] for message in said] == ["first", "Answer to: first", "second"]


def test_a_turn_that_waits_can_be_answered_later(api: ServedApi) -> None:
    page = open_page(api.record("first"))
    assert shown(page) == [("first", WAITING)]

    (button,) = [b.key for b in page.button if b.key and b.key.startswith("answer-")]
    press(page, button or "")

    assert shown(page) == answered("first")
    assert api.turns() == answered("first")


def test_an_answer_and_the_open_chat_are_copied_with_one_click(api: ServedApi) -> None:
    session = api.record("first", response="</script> one")
    api.record("second", session, response="two")
    page = open_page(session)

    def copied() -> list[str]:
        """What the browser was told to copy."""
        bodies = [
            html.proto.body for html in page.get("html") if "navigator.clipboard" in html.proto.body
        ]
        return [json.loads(body.rpartition("(...")[2].partition(");\n")[0])[1] for body in bodies]

    press(page, keys(page, "copy-")[0])
    assert copied() == ["</script> one"]
    run(page)
    assert copied() == []
    choose(page, "session-menu", "Copy the chat")
    assert copied() == ["**You:** first\n\n</script> one\n\n**You:** second\n\ntwo"]


def test_a_day_is_named_once_where_it_begins(api: ServedApi) -> None:
    then = datetime(2026, 3, 9, 12, tzinfo=UTC)
    old = session_of("old", then, "", {}, [("Why?", "Because.", {}), ("Really?", "Yes.", {})])
    file = {**archive(then), "sessions": [old]}
    answer = httpx.post(f"{api.url}/imports", content=json.dumps(file), timeout=60)
    assert answer.json()["complete"]
    session = api.query("{ viewer { sessions(first: 1) { nodes { id } } } }")["viewer"]["sessions"]
    page = open_page(session["nodes"][0]["id"])

    ask(page, "And now?")

    days = [caption for caption in captions(page) if caption in ("Today", "Monday, 9 March 2026")]
    assert days == ["Monday, 9 March 2026", "Today"]


def test_a_failed_answer_loses_no_question_and_can_be_had_again(
    api: ServedApi, answers: AnswerService
) -> None:
    answers.status = 500
    page = ask(open_page(), "Why?")
    ((question, said),) = shown(page)
    assert question == "Why?"
    assert "answer service" in said
    assert api.turns() == [("Why?", None)]

    answers.status = 200
    (button,) = [b.key for b in page.button if b.key and b.key.startswith("answer-")]
    press(page, button or "")

    assert shown(page) == answered("Why?")


def test_what_came_before_an_answer_broke_off_is_kept_and_gone_on_with(
    api: ServedApi, answers: AnswerService
) -> None:
    answers.breaks_off = True
    page = ask(open_page(), "Why?")

    assert shown(page) == [("Why?", "Answer to:")]
    assert api.turns() == [("Why?", "Answer to: ")]
    for device in (page, open_page(address(page))):
        assert shown(device) == [("Why?", "Answer to:")]
        assert any("broken off" in caption for caption in captions(device))

    answers.breaks_off = False
    (button,) = keys(page, "go-on-")
    press(page, button)

    assert answers.asked[-1][-3:-1] == [
        {"role": "user", "content": "Why?"},
        {"role": "assistant", "content": "Answer to: "},
    ]
    assert keys(page, "go-on-") == []


def test_an_answer_the_api_did_not_take_is_kept_until_it_does(
    api: ServedApi, answers: AnswerService, monkeypatch: pytest.MonkeyPatch
) -> None:
    from client.state.answering import deliver
    from client.transport import UNREACHABLE, ApiError

    def away(*_: object) -> None:
        raise ApiError(UNREACHABLE)

    monkeypatch.setattr("client.state.answering.deliver", away)
    other = api.record("other")
    page = ask(open_page(), "Why?")
    session = address(page)
    assert shown(page) == answered("Why?")
    press(page, f"open-{other}")
    press(page, f"open-{session}")
    assert shown(page) == answered("Why?")
    assert api.turns() == [("Why?", None), ("other", None)]

    monkeypatch.setattr("client.state.answering.deliver", deliver)
    run(page)
    (button,) = [b.key for b in page.button if b.key and b.key.startswith("save-")]
    press(page, button or "")

    assert api.turns() == [*answered("Why?"), ("other", None)]


def test_another_session_can_be_opened_and_a_new_one_begun(api: ServedApi) -> None:
    older, newer = api.record("older"), api.record("newer")
    page = open_page(newer)

    press(page, f"open-{older}")
    assert shown(page) == [("older", WAITING)]

    press(page, "new")
    assert address(page) is None
    ask(page, "third")
    assert sessions(page) == ["third", "newer", "older"]


def test_a_question_whose_confirmation_was_lost_is_not_recorded_twice(api: ServedApi) -> None:
    page = open_page()
    api.lose_answers = True
    ask(page, "once")
    assert draft(page) == "once"
    assert "What you typed is kept" in problems(page)[0]
    assert len(set(problems(page))) == len(problems(page)) == 1

    api.lose_answers = False
    submit(page, "Send again")

    assert problems(page) == []
    assert draft(page) is None
    assert api.turns() == answered("once")


def test_a_question_right_after_new_session_opens_one(api: ServedApi) -> None:
    page = open_page(api.record("the old one", response="yes"))
    page.button(key="new").click()

    # In the same run of the page, as where the browser is faster than the page.
    ask(page, "the new one")

    assert shown(page) == answered("the new one")
    assert api.turns() == [*answered("the new one"), ("the old one", "yes")]
    assert sessions(page) == ["the new one", "the old one"]


def test_a_question_is_sent_again_to_where_it_was_asked_wherever_one_is_by_then(
    api: ServedApi,
) -> None:
    other = api.record("another session", response="yes")
    page = open_page()
    next(toggle for toggle in page.toggle if toggle.label == "Temporary").set_value(True)
    run(page)
    api.lose_answers = True
    ask(page, "between us")
    api.lose_answers = False
    press(page, f"open-{other}")
    assert shown(page) == [("another session", "yes")]

    submit(page, "Send again")

    assert shown(page) == answered("between us")
    assert any("Temporary: gone at" in markdown.value for markdown in page.markdown)
    assert api.turns() == [("another session", "yes")]


def test_a_question_that_was_changed_after_a_lost_confirmation_is_asked_about(
    api: ServedApi,
) -> None:
    page = open_page()
    api.lose_answers = True
    ask(page, "as first typed")
    api.lose_answers = False

    next(area for area in page.text_area if area.label == "Your question was not sent").input(
        "as changed"
    )
    submit(page, "Send again")
    assert "recorded as you first typed it" in problems(page)[0]
    assert draft(page) == "as changed"

    submit(page, "Send again")
    assert [query for query, _ in api.turns()] == ["as changed", "as first typed"]


def test_a_question_can_be_let_go(api: ServedApi) -> None:
    page = open_page()
    api.lose_answers = True
    ask(page, "never mind")
    api.lose_answers = False

    submit(page, "Discard")

    assert draft(page) is None


def test_a_refused_question_says_why_and_keeps_the_text(api: ServedApi) -> None:
    long = "ü" * (129 * 1024)
    page = ask(open_page(), long)

    assert "the limit is 262144" in problems(page)[0]
    assert draft(page) == long
    assert api.turns() == []


def test_an_unreachable_api_is_one_calm_sentence_until_it_is_back(stopped_api: ServedApi) -> None:
    page = ask(open_page(), "kept")
    assert len(problems(page)) == 1
    assert "be reached at the moment" in problems(page)[0]
    assert draft(page) == "kept"

    with stopped_api.running():
        press(page, "again")
        assert problems(page) == []
        assert draft(page) == "kept"
        submit(page, "Send again")
        assert shown(page) == answered("kept")

    press(page, "new")
    assert sessions(page) == ["kept"]
    assert len(problems(page)) == 1


def test_a_page_that_is_loaded_after_all_no_longer_says_that_it_could_not_be(
    stopped_api: ServedApi,
) -> None:
    page = open_page()
    assert len(problems(page)) == 1
    page.session_state["tab"].drawn = False  # as if a click had cut off the run

    with stopped_api.running():
        assert problems(page.run()) == []


def test_a_store_that_is_unavailable_keeps_the_text(api: ServedApi) -> None:
    session = api.record("first")
    page = open_page(session)
    with closing(sqlite3.connect(api.folder / "store.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        ask(page, "second")
        other.execute("ROLLBACK")

    assert problems(page) == ["This can\\'t be answered at the moment\\; try again shortly\\."]
    assert draft(page) == "second"
    submit(page, "Send again")
    assert [query for query, _ in shown(page)] == ["first", "second"]


@pytest.mark.parametrize("named", ["Session.unknown", "nonsense", "Conversation.a.b"])
def test_an_address_of_no_session_is_said_to_be_so(api: ServedApi, named: str) -> None:
    api.record("mine")

    page = open_page(named)

    assert [h.value for h in page.header] == ["No such session"]
    assert any("Library, under Trash" in caption for caption in captions(page))
    assert sessions(page) == ["mine"]
    assert problems(page) == []


@pytest.mark.parametrize(
    ("title", "said"),
    [("Tides", "Deleted: Tides."), ("How high?", "Deleted: How high\\?")],
)
def test_a_title_with_punctuation_at_its_end_gets_no_full_stop(
    api: ServedApi, title: str, said: str
) -> None:
    session = api.record(title)

    page = choose(open_page(), f"menu-{session}", "Delete")

    assert [notice.value for notice in page.success] == [said]


def test_more_sessions_follow_on_demand_and_stay_while_new_ones_come(api: ServedApi) -> None:
    for number in range(25):
        api.record(f"session {number}")
    page = open_page()
    assert len(sessions(page)) == 20

    press(page, "more-sessions")
    assert sessions(page) == [f"session {n}" for n in range(24, -1, -1)]

    api.record("newest")
    run(page)
    assert sessions(page)[0] == "newest"
    assert len(sessions(page)) == 26


def test_earlier_turns_follow_on_demand_and_stay_while_new_ones_come(api: ServedApi) -> None:
    session = api.record("turn 0")
    for number in range(1, 60):
        api.record(f"turn {number}", session)
    page = open_page(session)
    assert [query for query, _ in shown(page)] == [f"turn {n}" for n in range(10, 60)]

    press(page, "earlier")
    assert [query for query, _ in shown(page)] == [f"turn {n}" for n in range(60)]

    ask(page, "turn 60")
    assert [query for query, _ in shown(page)] == [f"turn {n}" for n in range(61)]


def test_a_hit_opens_its_session_at_that_turn(api: ServedApi) -> None:
    session = api.record("turn 0")
    for number in range(1, 70):
        api.record("zebra" if number == 5 else f"turn {number}", session)
    page = open_page()
    page.text_input(key="words").input("zebra")
    run(page)

    press(page, "hit-0")
    assert [query for query, _ in shown(page)][:2] == ["zebra", "turn 6"]
    assert len(shown(page)) == 50

    press(page, "earlier")
    assert [query for query, _ in shown(page)][:2] == ["turn 0", "turn 1"]
    press(page, "latest")
    assert [query for query, _ in shown(page)][-1] == "turn 69"


def test_unsaved_turns_are_shown_until_the_session_is_left(api: ServedApi) -> None:
    api.query(
        "mutation { updatePreferences(input: {preferences: {privacySettings:"
        " {saveConversations: false}}}) { userErrors { message } } }"
    )

    page = ask(open_page(), "secret")
    assert shown(page) == answered("secret")
    ((question, answer),) = api.turns()
    assert question is answer is None

    kept = address(page)
    press(page, "new")
    press(page, f"open-{kept}")
    assert shown(page) == [("The text of this turn is not kept.",) * 2]


def test_a_rerun_makes_two_requests_at_most(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(22):
        session = api.record(f"session {number}")
    counted = Requests(api, monkeypatch)
    page = open_page()

    def requests(*keys: str) -> list[int]:
        """How many requests each rerun made that a click on these buttons led to."""
        for key in keys:
            page.button(key=key).click()
        return counted.of(page)

    assert requests() == [1]
    assert requests(f"open-{session}") == [1]
    assert requests("palette") == [1]
    assert requests("more-sessions") == [2]
    type_question(page, "turn")
    # The page's own change may come back as one from elsewhere, which costs one more rerun.
    assert requests()[:3] == [1, 2, 1]
    page.text_input(key="words").input("session")
    # One rerun goes to the page of the search, the other shows it.
    assert requests() == [0, 1]
    assert requests("more-hits") == [2]


def test_a_session_is_renamed_pinned_tagged_archived_and_deleted_with_undo(api: ServedApi) -> None:
    session = api.record("mine")
    api.record("another")
    page = open_page(session)
    menu = f"menu-{session}"

    choose(page, menu, "Rename")
    next(field for field in page.text_input if field.label == "Title").input("My *own*")
    submit(page, "Rename")
    assert [h.value for h in page.header] == ["My \\*own\\*"]

    choose(page, menu, "Pin")
    assert sessions(page) == ["My \\*own\\*", "another"]
    assert "Pinned" in [c.value for c in page.sidebar.caption]
    choose(page, menu, "Unpin")

    choose(page, menu, "Tags")
    next(field for field in page.text_input if field.label == "Tags").input("deep sea, , *moon*")
    submit(page, "Save")
    assert ":gray-badge[deep sea] :gray-badge[\\*moon\\*]" in [m.value for m in page.markdown]

    choose(page, menu, "Archive")
    assert "inventory" in sessions(page)[1]
    press(page, "undo")
    assert not any("inventory" in label for label in sessions(page))

    choose(page, menu, "Delete")
    assert sessions(page) == ["another"]
    assert address(page) is None
    press(page, "undo")
    assert sessions(page) == ["another", "My \\*own\\*"]


@pytest.mark.parametrize(
    ("choice", "label", "button", "refused"),
    [
        ("Tags", "Tags", "Save", "a" * 51),
        ("Comment", "What was good or bad about this answer?", "Save", "潮" * 2000),
    ],
)
def test_what_was_typed_in_a_dialog_is_there_again_with_the_reason_it_was_refused(
    api: ServedApi, choice: str, label: str, button: str, refused: str
) -> None:
    page = ask(open_page(), "Why?")
    (feedback,) = page.feedback
    feedback.set_value(1)
    run(page)
    prefix = "turn-" if choice == "Comment" else "session-menu"
    (menu,) = [m.key for m in page.menu_button if m.key and m.key.startswith(prefix)]

    def field() -> Any:
        (found,) = [f for f in [*page.text_input, *page.text_area] if f.label == label]
        return found

    choose(page, menu, choice)
    field().input(refused)
    submit(page, button)
    assert len(problems(page)) == 1
    assert field().value == refused

    field().input("short")
    submit(page, button)
    assert problems(page) == []
    assert not [f for f in [*page.text_input, *page.text_area] if f.label == label]


def test_a_title_typed_while_the_api_is_away_is_there_again(stopped_api: ServedApi) -> None:
    with stopped_api.running():
        session = stopped_api.record("mine")
        page = choose(open_page(session), "session-menu", "Rename")
    page.text_input(key="title").input("My own")
    submit(page, "Rename")
    assert page.text_input(key="title").value == "My own"
    assert any("be reached at the moment" in problem for problem in problems(page))

    with stopped_api.running():
        submit(page, "Rename")
        assert [h.value for h in page.header] == ["My own"]


def test_an_answer_is_judged_commented_and_deleted(api: ServedApi) -> None:
    page = ask(open_page(), "Why?")
    feedback = "query { viewer { sessions(first: 1) { nodes { conversations(last: 1) { nodes {" + (
        " id feedback { score comment } } } } } } }"
    )

    def kept() -> Any:
        (node,) = api.query(feedback)["viewer"]["sessions"]["nodes"]
        return node["conversations"]["nodes"]

    (turn,) = kept()
    page.feedback(key=f"thumbs-{turn['id']}").set_value(1)
    run(page)
    assert kept()[0]["feedback"] == {"score": 1, "comment": None}

    choose(page, f"turn-{turn['id']}", "Comment")
    next(area for area in page.text_area if area.label.startswith("What was good")).input("Clear.")
    submit(page, "Save")
    assert kept()[0]["feedback"] == {"score": 1, "comment": "Clear."}

    choose(page, f"turn-{turn['id']}", "Delete")
    press(page, "delete-turn")
    assert kept() == []
    assert shown(page) == []


def test_a_temporary_session_is_not_listed_and_can_be_kept(api: ServedApi) -> None:
    page = open_page()
    next(toggle for toggle in page.toggle if toggle.label == "Temporary").set_value(True)
    run(page)
    ask(page, "between us")
    assert sessions(page) == []
    assert "Temporary" in page.markdown[0].value

    choose(page, "session-menu", "Keep")
    assert sessions(page) == ["between us"]


def test_a_session_is_made_temporary_with_undo_and_the_notice_says_when_it_ends(
    api: ServedApi,
) -> None:
    session = api.record("between us")
    api.record("another")
    page = open_page(session)
    choose(page, f"menu-{session}", "Make temporary")
    assert sessions(page) == ["another"]
    assert address(page) == session
    assert [h.value for h in page.header] == ["between us"]
    (notice,) = page.success
    see = "query ($id: ID!) { viewer { session(id: $id) { expiresAt } } }"
    ends = datetime.fromisoformat(api.query(see, id=session)["viewer"]["session"]["expiresAt"])
    assert notice.value == (
        f"Temporary now: between us. It will be gone at {ends.day} {ends:%b %Y, %H:%M}."
    )
    press(page, "undo")
    assert sorted(sessions(page)) == ["another", "between us"]


def test_text_is_shown_as_it_was_typed(api: ServedApi) -> None:
    text = "# <b>bold</b> *not* [a](b) :red[x] $y$ `z`\nsecond line"

    page = ask(open_page(), text)

    assert shown(page) == [(text, unescaped(drawn(f"Answer to: {text}")))]
    (label,) = sessions(page)
    assert label.startswith(
        "\\# \\<b\\>bold\\<\\/b\\> \\*not\\* \\[a\\]\\(b\\) \\:red\\[x\\] \\$y\\$"
    )
    assert not any(element.proto.allow_html for element in page.markdown)


def test_one_browser_knows_nothing_of_another(api: ServedApi) -> None:
    one, other = open_page(), open_page()
    ask(one, "a question of one")

    assert shown(other) == []
    assert address(other) is None
    assert one.session_state["tab"].api is not other.session_state["tab"].api


def test_another_person_in_the_same_tab_sees_nothing_of_the_first(api: ServedApi) -> None:
    page = ask(open_page(), "a question of one")

    page.query_params["user"] = "ben@example.com"
    run(page)

    assert shown(page) == []
    assert sessions(page) == []
    assert [h.value for h in page.header] == ["No such session"]
