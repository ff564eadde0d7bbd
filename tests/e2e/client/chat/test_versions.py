"""Versions of a turn on the page: an edited question, an answer written again, and the switch between
them."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.e2e.client.answer_service import AnswerService
from tests.e2e.client.app_pages import (
    Requests,
    captions,
    keys,
    new_page,
    press,
    problems,
    run,
    submit,
)
from tests.e2e.client.chat.chat_page import address, answered, ask, draft, shown, unescaped
from tests.e2e.served_api import ServedApi


def edit(page: AppTest, index: int, text: str) -> AppTest:
    """Edit the question of a turn and send it."""
    press(page, keys(page, "edit-")[index])
    (field,) = [area for area in page.text_area if (area.key or "").startswith("edited-")]
    field.set_value(text)
    return submit(page, "Send")


def position(page: AppTest) -> list[str]:
    """The positions of the shown versions, for the turns that have several."""
    return [said for each in captions(page) if "/" in (said := unescaped(each))]


def test_a_question_is_edited_in_its_place_and_the_way_back_survives_a_reload(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = ask(ask(run(new_page()), "Why?"), "And then?")
    assert shown(page) == answered("Why?", "And then?")
    edit(page, 0, "How?")
    assert shown(page) == answered("How?")
    assert position(page) == ["2/2"]
    elsewhere = run(new_page(session=address(page)))
    assert shown(elsewhere) == answered("How?")

    counted = Requests(api, monkeypatch)
    elsewhere.button(key=keys(elsewhere, "previous-")[0]).click()
    assert max(counted.of(elsewhere)) <= 2

    assert shown(elsewhere) == answered("Why?", "And then?")
    assert position(elsewhere) == ["1/2"]
    assert shown(run(page)) == answered("Why?", "And then?")
    press(page, keys(page, "next-")[0])
    assert shown(page) == answered("How?")


def test_an_answer_is_written_again_beside_the_first(
    api: ServedApi, answers: AnswerService, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = ask(ask(run(new_page()), "Before"), "Why?")
    counted = Requests(api, monkeypatch)
    page.button(key=keys(page, "again-")[1]).click()
    assert max(counted.of(page)) <= 2

    assert shown(page) == answered("Before", "Why?")
    assert position(page) == ["2/2"]
    asked = [message["content"] for message in answers.asked[-1]]
    assert asked[-3:] == ["Before", "Answer to: Before", "Why?"]
    assert page.button(key=keys(page, "next-")[0]).disabled


def test_an_edit_can_be_left(api: ServedApi) -> None:
    page = ask(run(new_page()), "Why?")
    press(page, keys(page, "edit-")[0])
    submit(page, "Cancel")
    assert shown(page) == answered("Why?")
    assert keys(page, "edit-")


def test_an_edited_question_that_was_not_sent_is_kept_and_still_replaces(api: ServedApi) -> None:
    page = ask(run(new_page()), "Why?")
    api.lose_answers = True
    edit(page, 0, "How?")
    assert problems(page)
    assert draft(page) == "How?"
    api.lose_answers = False
    submit(page, "Send again")
    assert shown(page) == answered("How?")
    assert position(page) == ["2/2"]


def test_a_version_that_is_gone_is_said_to_be(api: ServedApi) -> None:
    page = ask(run(new_page()), "Why?")
    edit(page, 0, "How?")
    other = run(new_page(session=address(page)))
    first = keys(page, "previous-")[0]
    asked = (
        "query ($id: ID!) { viewer { session(id: $id) { conversations(last: 1) { nodes { "
        "alternatives { ids } } } } } }"
    )
    found = api.query(asked, id=address(page))["viewer"]["session"]["conversations"]["nodes"]
    gone = found[0]["alternatives"]["ids"][0]
    api.query(
        "mutation ($input: DeleteConversationInput!) { deleteConversation(input: $input) "
        "{ userErrors { message } } }",
        input={"conversationId": gone},
    )
    press(page, first)
    assert problems(page)
    assert shown(page) == answered("How?")
    assert position(run(other)) == []
