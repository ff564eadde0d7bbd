"""The chat page with the answer app: names, sessions, feedback, related questions."""

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import ChatInput

from client.state import feedback
from tests.e2e.client.answer_app import AnswerApp
from tests.e2e.client.app_pages import captions, choose, go_to, keys, new_page, press, run
from tests.e2e.served_api import ServedApi

SAVE_NOTHING = """
mutation { updatePreferences(input: {preferences: {privacySettings: {saveConversations: false}}}) {
  userErrors { message } } }
"""


@pytest.fixture(autouse=True)
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[AnswerApp]:
    service = AnswerApp(metadata=None)
    monkeypatch.setenv("RECOLLECT_ANSWERER", "answer-app")
    monkeypatch.setenv("RECOLLECT_ANSWER_URL", service.url)
    with service.running():
        yield service


def ask(page: AppTest, question: str) -> AppTest:
    (field,) = page.get("chat_input")
    assert isinstance(field, ChatInput)
    field.set_value(question)
    return run(page)


def names(app: AnswerApp) -> list[str]:
    return [row["session"]["user_pseudo_id"] for row in app.answers]


def sessions(app: AnswerApp) -> list[str]:
    return [row["session"]["name"].rpartition("/")[2] for row in app.answers]


def test_a_related_question_is_asked_by_a_press(api: ServedApi, app: AnswerApp) -> None:
    page = ask(run(new_page()), "First?")

    (button,) = keys(page, "related-")
    press(page, button)

    assert [row["question"] for row in app.answers] == ["First?", "What does the large plan add?"]
    assert sessions(app) == ["s1", "s1"]
    assert len(keys(page, "related-")) == 1


def test_what_is_temporary_is_not_asked_under_the_users_name(
    api: ServedApi, app: AnswerApp
) -> None:
    page = ask(run(new_page()), "Kept?")
    press(page, "new")
    page.toggle[0].set_value(True)
    ask(run(page), "Temporary?")
    ask(page, "And then?")

    kept, *temporary = names(app)
    assert len(set(temporary)) == 1
    assert temporary[0] != kept
    assert sessions(app) == ["s1", "s2", "s2"]


def test_what_is_not_kept_is_asked_under_a_name_of_the_session_and_keeps_its_context(
    api: ServedApi, app: AnswerApp
) -> None:
    page = ask(run(new_page()), "Kept?")
    api.query(SAVE_NOTHING)
    ask(page, "Secret?")
    ask(page, "And then?")

    kept, *private = names(app)
    assert len(set(private)) == 1
    assert private[0] != kept
    assert sessions(app) == ["s1", "s2", "s2"]
    found = api.query(
        "{ viewer { sessions(first: 1) { nodes { answerSession conversations(last: 5) {"
        " nodes { query answerToken } } } } } }"
    )
    (session,) = found["viewer"]["sessions"]["nodes"]
    assert session["answerSession"] == "s1"
    assert [turn["answerToken"] for turn in session["conversations"]["nodes"]][1:] == [None, None]


def test_the_pages_say_what_the_answer_service_keeps_and_ignores(api: ServedApi) -> None:
    page = go_to(run(new_page()), "privacy")
    assert sum("its own records" in caption for caption in captions(page)) == 2

    go_to(page, "preferences")
    assert sum("does not follow" in caption for caption in captions(page)) == 2


def test_a_judgement_waits_for_its_comment_and_is_passed_on_once(
    api: ServedApi, app: AnswerApp
) -> None:
    page = ask(run(new_page()), "First?")
    turn = keys(page, "related-")[0].removeprefix("related-").rpartition("-")[0]

    page.feedback(key=f"thumbs-{turn}").set_value(0)
    run(page)
    assert app.feedback == []
    choose(page, f"turn-{turn}", "Comment")
    page.text_area(key="comment").input("Too short.")
    next(button for button in page.button if button.label == "Save").click()
    run(page)

    feedback.held.pass_on_all()
    (row,) = app.feedback
    assert (row["feedback_value"], row["feedback_text"]) == (0, "Too short.")
    assert row["answer_text"] == app.answers[0]["answer"]["answer_text"]


def test_a_judgement_without_a_comment_is_passed_on_in_the_end(
    api: ServedApi, app: AnswerApp
) -> None:
    page = ask(run(new_page()), "First?")
    turn = keys(page, "related-")[0].removeprefix("related-").rpartition("-")[0]

    for value in (0, 1):
        page.feedback(key=f"thumbs-{turn}").set_value(value)
        run(page)
    feedback.held.pass_on_all()

    assert [(row["feedback_value"], row["feedback_text"]) for row in app.feedback] == [(1, None)]


def test_a_failure_is_said_calmly(api: ServedApi, app: AnswerApp) -> None:
    app.fails = "403 Secret permission denied on projects/p"

    page = ask(run(new_page()), "First?")

    assert any("refused this client" in caption for caption in captions(page))
    assert not any("ecret" in caption for caption in captions(page))
