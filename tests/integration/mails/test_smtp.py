"""Mails are handed to a real mail server: encrypted, authenticated, and with every answer distinguished."""

import asyncio
import ssl
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme

from recollect.mail.message import Sender
from recollect.mail.smtp import SECONDS, MailServer, SmtpPost, Tls
from resolvers.notifications.outgoing_mail import (
    AddressRefused,
    DeliveryUnknown,
    MailDeferred,
    MailServerUnavailable,
    OutgoingMail,
    SessionSummary,
    Summary,
)
from tests.e2e.ports import free_port
from tests.mailbox import Mailbox, mail_server

LETTER = OutgoingMail(
    "anna@example.com",
    Summary(0, 86_400_000_000, [SessionSummary("s", "Title", 1)], []),
    "name",
    "en",
    "UTC",
    "word",
)
LOGIN = ("recollect", "a password")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recollect.mail.smtp.BACK_OFF", (0.01, 0.01))


def post_to(
    port: int, tls: Tls = "none", login: tuple[str | None, str | None] = (None, None), **given: Any
) -> SmtpPost:
    sender = Sender("Recollect <recollect@chat.example>", "https://c.example", "https://a.example")
    return SmtpPost(MailServer("127.0.0.1", port, tls, *login, **given), sender)


async def problem_of(post: SmtpPost) -> str:
    """The reason why the mail server can't be used."""
    with pytest.raises(MailServerUnavailable) as away:
        await post.send(LETTER)
    await post.close()
    return away.value.problem


@pytest.mark.parametrize(
    ("answers", "raised"),
    [
        ({"rcpt": "550 No such user"}, AddressRefused),
        ({"rcpt": "450 Busy"}, MailDeferred),
        ({"rcpt": "421 Going down"}, MailServerUnavailable),
        ({"data": "554 Not that"}, AddressRefused),
        ({"data": "451 Later"}, MailDeferred),
        ({"hang": 3}, DeliveryUnknown),
    ],
    ids=["refused", "busy", "leaving", "content", "later", "silent"],
)
async def test_each_answer_of_the_mail_server_is_told_apart_and_the_next_mail_goes(
    mailbox: Mailbox, answers: dict[str, Any], raised: type[Exception]
) -> None:
    # The wait is short only for a silent server: any other may be late on a busy machine.
    post: Any = post_to(mailbox.port, seconds=1 if "hang" in answers else SECONDS)
    for name, value in answers.items():
        setattr(mailbox, name, value)
    with pytest.raises(raised):
        await post.send(LETTER)
    post._server = replace(post._server, seconds=SECONDS)
    mailbox.well()
    mailbox.arrived.clear()
    await post.send(LETTER)
    await post.close()
    assert "<name@chat.example>" in [mail["Message-ID"] for mail in mailbox.arrived]


async def test_a_mail_server_that_is_down_is_tried_a_few_times() -> None:
    assert await problem_of(post_to(free_port())) == "unreachable"


async def test_a_slow_mail_server_gets_its_mail(mailbox: Mailbox) -> None:
    mailbox.hang = 0.5
    post = post_to(mailbox.port, seconds=30)
    await asyncio.gather(*(post.send(LETTER) for _ in range(3)))
    await post.close()
    assert len(mailbox.arrived) == 3


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The TLS context of a server whose certificate this process trusts, as an operator would set it up."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    return serving(authority)


def serving(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.mark.parametrize("tls", ["tls", "starttls"])
async def test_an_encrypted_connection_signs_in_and_delivers(
    tls: Tls, trusted: ssl.SSLContext
) -> None:
    with mail_server(tls=tls, certified=trusted, login=LOGIN) as box:
        post = post_to(box.port, tls, LOGIN)
        await asyncio.gather(*(post.send(LETTER) for _ in range(3)))
        await post.close()
        assert [mail["To"] for mail in box.arrived] == [LETTER.to] * 3


@pytest.mark.parametrize("tls", ["tls", "starttls"])
async def test_a_wrong_password_is_a_refusal(tls: Tls, trusted: ssl.SSLContext) -> None:
    with mail_server(tls=tls, certified=trusted, login=LOGIN) as box:
        assert await problem_of(post_to(box.port, tls, (LOGIN[0], "wrong"))) == "refuses"
        assert box.tries == 0


@pytest.mark.parametrize("tls", ["tls", "starttls"])
async def test_a_certificate_of_a_stranger_is_not_trusted(
    tls: Tls, trusted: ssl.SSLContext
) -> None:
    with mail_server(tls=tls, certified=serving(trustme.CA()), login=LOGIN) as box:
        assert await problem_of(post_to(box.port, tls, LOGIN)) == "insecure"
        assert box.tries == 0


async def test_nothing_is_sent_in_the_open_where_encryption_is_wanted(mailbox: Mailbox) -> None:
    assert await problem_of(post_to(mailbox.port, "starttls")) == "insecure"
    assert mailbox.tries == 0


async def test_a_server_that_knows_no_login_is_a_refusal(mailbox: Mailbox) -> None:
    assert await problem_of(post_to(mailbox.port, "none", LOGIN)) == "refuses"
    assert mailbox.tries == 0
