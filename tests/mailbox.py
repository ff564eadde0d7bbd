"""A real SMTP server on loopback, which keeps the mails that arrive and answers as a test sets it up."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from recollect.mail.smtp import Tls
from tests.e2e.ports import free_port

START_SECONDS = 120.0
"""How long a server may take to start on a busy machine; aiosmtpd's default is 5 s."""


@dataclass
class Mailbox:
    """The mails that arrived at the server on `port`, and its answers."""

    port: int
    arrived: list[EmailMessage] = field(default_factory=list)
    rcpt: str | None = None
    """The answer to every recipient, if it is not the usual one."""
    refused: str | None = None
    """An address that does not exist."""
    data: str | None = None
    hang: float = 0
    """The seconds before it answers to a mail's text."""
    tries: int = 0
    """The number of recipients that it was asked to accept."""

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        self.tries += 1
        if self.rcpt:
            return self.rcpt
        if address == self.refused:
            return "550 No such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        await asyncio.sleep(self.hang)
        if self.data:
            return self.data
        self.arrived.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"

    def well(self) -> None:
        """Accept every mail immediately from now on."""
        self.rcpt, self.refused, self.data, self.hang = None, None, None, 0


@contextmanager
def mail_server(
    *,
    port: int | None = None,
    tls: Tls = "none",
    certified: ssl.SSLContext | None = None,
    login: tuple[str, str] | None = None,
) -> Iterator[Mailbox]:
    """A server on a port of 127.0.0.1, a free one by default; with `login`, mails need that login."""
    box = Mailbox(port or free_port())

    def is_known(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=given == login, handled=given == login)

    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=box.port,
        ssl_context=certified if tls == "tls" else None,
        tls_context=certified if tls == "starttls" else None,
        require_starttls=tls == "starttls",
        auth_required=login is not None,
        auth_exclude_mechanism=[] if login else ["LOGIN", "PLAIN"],
        # aiosmtpd does not notice that a connection is encrypted from its beginning.
        auth_require_tls=tls == "starttls",
        authenticator=is_known if login else None,
        ready_timeout=START_SECONDS,
    )
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A server that accepts every mail, without encryption."""
    with mail_server() as box:
        yield box
