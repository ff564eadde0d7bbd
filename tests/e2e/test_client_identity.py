"""Signing in, sign-ins that expire, and guests, against a real API and a real issuer of tokens."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from streamlit.testing.v1 import AppTest

from client.identity import GUEST
from recollect.settings import Settings
from tests.e2e.app_pages import go_to, new_page, press, problems, run
from tests.e2e.served_api import ServedApi
from tests.issuer import Issuer

EXPIRED = "Your sign\\-in has expired\\. Sign in again\\; what you typed is kept\\."


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with Issuer() as issuer:
        yield issuer


@pytest.fixture
def guarded(
    stopped_api: ServedApi, issuer: Issuer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[ServedApi]:
    """The API as it runs in production: it believes signed tokens alone."""
    monkeypatch.setenv("RECOLLECT_IDENTITY", "oidc")
    monkeypatch.setenv("RECOLLECT_GUESTS", "on")
    stopped_api.settings = Settings(
        data_dir=tmp_path,
        identity="oidc",
        oidc_issuer=(issuer.url,),
        oidc_audience=("recollect",),
        id_key=SecretStr("a key of thirty-two characters, at least"),
        guests=True,
    )
    with stopped_api.running():
        yield stopped_api


def signed_in(page: AppTest, issuer: Issuer, subject: str, *, expired: bool = False) -> AppTest:
    """The page as Streamlit runs it after the login of somebody."""
    expires = int(time.time()) + (-600 if expired else 600)
    page.user = {
        "is_logged_in": True,
        "iss": issuer.url,
        "sub": subject,
        "tokens": {"id": issuer.token(exp=expires, sub=subject, email=f"{subject}@example.com")},
    }
    return run(page)


def ask(page: AppTest, question: str) -> AppTest:
    page.chat_input(key="question").set_value(question)
    return run(page)


def drafts(page: AppTest) -> list[str]:
    return [area.value or "" for area in page.text_area if area.key == "draft"]


def questions(page: AppTest) -> list[str]:
    return [m.text[0].value for m in page.chat_message if m.name == "user"]


def stranger() -> AppTest:
    page = new_page()
    page.user = {"is_logged_in": False}
    return run(page)


def test_a_question_asked_with_an_expired_sign_in_is_there_after_the_next(
    guarded: ServedApi, issuer: Issuer
) -> None:
    page = ask(signed_in(new_page(), issuer, "anna"), "What came before?")
    session = page.query_params["session"]

    signed_in(page, issuer, "anna", expired=True)
    assert problems(page) == [EXPIRED]
    ask(page, "half of a thought")
    assert set(problems(page)) == {EXPIRED}
    assert "sign-in-again" in [button.key for button in page.button]
    assert drafts(page) == ["half of a thought"]

    # The login leads back to a new tab without the address. Nobody else gets what was left.
    assert drafts(signed_in(new_page(), issuer, "ben")) == []
    expired = signed_in(new_page(), issuer, "anna", expired=True)
    assert drafts(expired) == []
    back = signed_in(new_page(), issuer, "anna")
    assert drafts(back) == ["half of a thought"]
    assert back.query_params["session"] == session
    assert questions(back) == ["What came before?"]

    next(button for button in back.button if button.label == "Send again").click()
    assert questions(run(back)) == ["What came before?", "half of a thought"]
    assert drafts(signed_in(new_page(), issuer, "anna")) == []


@pytest.mark.parametrize("name", ["library", "insights", "preferences", "privacy"])
def test_every_page_says_that_a_sign_in_expired_and_goes_on_with_the_next(
    guarded: ServedApi, issuer: Issuer, name: str
) -> None:
    page = go_to(signed_in(new_page(), issuer, "anna"), name)
    assert problems(page) == []

    signed_in(page, issuer, "anna", expired=True)
    assert problems(page) == [EXPIRED]
    assert "sign-in-again" in [button.key for button in page.button]

    signed_in(page, issuer, "anna")
    assert problems(page) == []


def test_a_guest_is_let_in_keeps_to_themselves_and_signs_out(guarded: ServedApi) -> None:
    one, other = stranger(), stranger()
    assert [title.value for title in one.title] == ["Recollect"]
    assert not one.chat_input

    press(one, "guest-in")
    ask(one, "a guest's question")
    assert questions(one) == ["a guest's question"]
    session = one.query_params["session"]
    press(other, "guest-in")
    other.query_params["session"] = session
    run(other)
    assert [header.value for header in other.header] == ["No such session"]

    press(one, "sign-out")
    assert [title.value for title in one.title] == ["Recollect"]
    assert not one.chat_message
    assert GUEST not in one.session_state


def test_a_guest_who_is_over_is_told_and_can_begin_anew(guarded: ServedApi) -> None:
    page = stranger()
    page.session_state[GUEST] = "expired"
    run(page)
    assert problems(page) == [EXPIRED]

    press(page, "sign-in-again")
    press(page, "guest-in")

    assert problems(page) == []
    assert page.chat_input


def test_guests_are_told_when_the_api_is_away(
    stopped_api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECOLLECT_IDENTITY", "oidc")
    monkeypatch.setenv("RECOLLECT_GUESTS", "on")
    page = press(stranger(), "guest-in")

    assert "be reached at the moment" in problems(page)[0]
    assert GUEST not in page.session_state
