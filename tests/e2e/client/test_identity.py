"""Signing in, sign-ins that expire, and guests, against a real API and a real issuer of tokens."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from client.state.identity import GUEST, IAP_HEADER
from client.state.location import COOKIE
from client.transport import UNREACHABLE, ApiError, Transport
from recollect.settings.settings import Settings
from tests.e2e.browser import iap_proxy
from tests.e2e.client.app_pages import go_to, new_page, press, problems, run, submit
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
    """The API as it runs in production: it accepts only signed tokens."""
    monkeypatch.setattr(ContextProxy, "cookies", {})
    monkeypatch.setenv("RECOLLECT_IDENTITY", "oidc")
    monkeypatch.setenv("RECOLLECT_GUESTS", "on")
    stopped_api.settings = Settings(
        data_dir=tmp_path,
        identity="oidc",
        oidc_issuer=(issuer.url,),
        oidc_audience=("recollect",),
        id_key=iap_proxy.ID_KEY,
        guests=True,
    )
    with stopped_api.running():
        yield stopped_api


def signed_in(page: AppTest, issuer: Issuer, subject: str, *, expired: bool = False) -> AppTest:
    """The page as Streamlit runs it after a user's login."""
    expires = int(time.time()) + (-600 if expired else 600)
    page.user = {
        "is_logged_in": True,
        "iss": issuer.url,
        "sub": subject,
        "tokens": {"id": issuer.token(exp=expires, sub=subject, email=f"{subject}@example.com")},
    }
    return run(page)


@pytest.fixture
def proxy(stopped_api: ServedApi, monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    with iap_proxy.before(stopped_api, monkeypatch) as proxy:
        yield proxy


@pytest.fixture
def proxied(
    stopped_api: ServedApi, proxy: Issuer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ServedApi]:
    """The API as it runs behind Identity-Aware Proxy."""
    monkeypatch.setattr(ContextProxy, "cookies", {})
    monkeypatch.setenv("RECOLLECT_IDENTITY", "iap")
    with stopped_api.running():
        yield stopped_api


def let_through(
    monkeypatch: pytest.MonkeyPatch, proxy: Issuer, subject: str, *, expired: bool = False
) -> None:
    """Open pages with the headers that the proxy adds for a user."""
    headers = iap_proxy.headers(proxy, subject, hours=-1 if expired else 1)
    monkeypatch.setattr(ContextProxy, "headers", headers)


def ask(page: AppTest, question: str) -> AppTest:
    page.chat_input(key="question").set_value(question)
    return run(page)


def drafts(page: AppTest) -> list[str]:
    return [area.value or "" for area in page.text_area if (area.key or "").startswith("draft-")]


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

    # The login leads back to a new tab without the address. No other user gets the draft that was left.
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


def test_an_expired_sign_in_can_be_renewed_though_the_page_then_failed_to_load(
    guarded: ServedApi, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = signed_in(new_page(), issuer, "anna")
    send = Transport.execute

    def cut_off(
        api: Transport, query: str, operation_name: str, variables: Mapping[str, object]
    ) -> dict[str, Any]:
        if operation_name == "Page":
            raise ApiError(UNREACHABLE)
        return send(api, query, operation_name, variables)

    monkeypatch.setattr(Transport, "execute", cut_off)
    page.chat_input(key="question").set_value("half of a thought")
    signed_in(page, issuer, "anna", expired=True)

    assert len(problems(page)) == 2
    assert "sign-in-again" in [button.key for button in page.button]
    assert drafts(page) == ["half of a thought"]


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


@pytest.mark.parametrize(
    ("kept", "header"),
    [
        ("%2Flibrary", "Library"),
        ("%2Fbase%2Fpath%2Finsights%3Fembed%3Dtrue", "Insights"),
        ("%2F%3Fsession%3DSession.gone", "No such session"),
        ("%2F%3Fembed%3Dtrue", "Welcome to Recollect"),
        ("%2F..%2Fapp", "Welcome to Recollect"),
        ("%5B%00%25%3F%3F%26", "Welcome to Recollect"),
        ("", "Welcome to Recollect"),
    ],
)
def test_an_address_that_the_browser_kept_over_the_login_is_opened_if_it_names_something(
    guarded: ServedApi, issuer: Issuer, monkeypatch: pytest.MonkeyPatch, kept: str, header: str
) -> None:
    monkeypatch.setattr(ContextProxy, "cookies", {COOKIE: kept})

    page = signed_in(new_page(), issuer, "anna")

    assert [each.value for each in page.header] == [header]


def test_an_address_that_names_something_wins_over_what_the_browser_kept(
    guarded: ServedApi, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = ask(signed_in(new_page(), issuer, "anna"), "Where am I?")
    monkeypatch.setattr(ContextProxy, "cookies", {COOKIE: "%2Flibrary"})

    other = signed_in(new_page(session=page.query_params["session"]), issuer, "anna")

    assert questions(other) == ["Where am I?"]


def test_behind_a_proxy_a_question_outlives_the_assertion_it_was_sent_with(
    proxied: ServedApi, proxy: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_through(monkeypatch, proxy, "anna")
    page = ask(run(new_page()), "What came before?")
    session = page.query_params["session"]

    let_through(monkeypatch, proxy, "anna", expired=True)
    ask(page, "half of a thought")
    assert set(problems(page)) == {EXPIRED}
    assert drafts(page) == ["half of a thought"]
    press(page, "sign-in-again")
    assert any("location.reload()" in html.proto.body for html in page.get("html"))

    let_through(monkeypatch, proxy, "ben")
    assert drafts(run(new_page(session=session))) == []
    let_through(monkeypatch, proxy, "anna")
    back = run(new_page(session=session))
    assert drafts(back) == ["half of a thought"]
    submit(back, "Send again")
    assert questions(back) == ["What came before?", "half of a thought"]


@pytest.mark.parametrize("assertion", [None, "nonsense", "e30.e30.c2ln", "e30.W10.c2ln"])
def test_nobody_is_known_without_an_assertion_of_the_proxy(
    proxied: ServedApi, proxy: Issuer, monkeypatch: pytest.MonkeyPatch, assertion: str | None
) -> None:
    let_through(monkeypatch, proxy, "anna")
    named = run(new_page()).session_state["tab"].person.key
    assert named == "iap accounts.google.com:anna"

    # Anyone who bypasses the proxy can send this header too.
    forged = {"X-Goog-Authenticated-User-Id": "accounts.google.com:anna"}
    if assertion is not None:
        forged[IAP_HEADER] = assertion
    monkeypatch.setattr(ContextProxy, "headers", forged)
    page = run(new_page())
    assert [title.value for title in page.title] == ["Recollect"]
    assert not page.chat_input


def test_an_assertion_that_was_not_signed_by_the_proxy_takes_up_nothing(
    proxied: ServedApi, proxy: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_through(monkeypatch, proxy, "anna")
    page = ask(run(new_page()), "What came before?")
    let_through(monkeypatch, proxy, "anna", expired=True)
    ask(page, "half of a thought")

    headers: dict[str, str] = ContextProxy.headers  # type: ignore[assignment]
    content, signature = headers[IAP_HEADER].rsplit(".", 1)
    headers[IAP_HEADER] = f"{content}.{signature[::-1]}"
    forged = run(new_page())
    assert drafts(forged) == questions(forged) == []

    let_through(monkeypatch, proxy, "anna")
    assert drafts(run(new_page())) == ["half of a thought"]


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
