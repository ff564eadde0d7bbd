"""Sends mails by SMTP, over a few connections that are kept while there is something to send."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr
from ssl import SSLCertVerificationError
from typing import Literal

from aiosmtplib import SMTP, SMTPException, SMTPResponseException, SMTPSenderRefused

from recollect.mail.message import Sender, packed
from resolvers.notifications.outgoing_mail import (
    AddressRefused,
    DeliveryUnknown,
    MailDeferred,
    MailServerUnavailable,
    OutgoingMail,
)

SECONDS = 60.0
"""Timeout for each answer of the mail server."""
BACK_OFF = (0.5, 2.0, 5.0)
"""Seconds before each further attempt to connect."""

Tls = Literal["none", "starttls", "tls"]


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server, and how to sign in there."""

    host: str
    port: int
    tls: Tls = "starttls"
    user: str | None = None
    password: str | None = None
    seconds: float = SECONDS


class SmtpPost:
    """A `MailTransport` to a mail server."""

    def __init__(self, server: MailServer, sender: Sender) -> None:
        self._server = server
        self._sender = sender
        self._idle: list[SMTP] = []

    async def send(self, letter: OutgoingMail) -> None:
        """See `MailTransport.send`."""
        try:
            message = self._sender.message(letter)
        except ValueError:
            raise AddressRefused from None
        async with self._connection() as connection:
            await _deliver(connection, message)

    async def close(self) -> None:
        """See `MailTransport.close`."""
        while self._idle:
            connection = self._idle.pop()
            with suppress(SMTPException, OSError):
                await connection.quit()
            connection.close()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[SMTP]:
        connection = await self._open()
        try:
            yield connection
        except (AddressRefused, MailDeferred):
            await self._give_back(connection)
            raise
        except BaseException:
            connection.close()
            raise
        await self._give_back(connection)

    async def _give_back(self, connection: SMTP) -> None:
        """Keep a connection that still works, with nothing left over from the previous mail."""
        try:
            await connection.rset()
        except (SMTPException, OSError):
            connection.close()
        else:
            self._idle.append(connection)

    async def _open(self) -> SMTP:
        while self._idle:
            connection = self._idle.pop()
            try:
                await connection.noop()
            except (SMTPException, OSError):
                connection.close()
            else:
                return connection
        for wait in (*BACK_OFF, None):
            with suppress(OSError):
                return await self._connect()
            if wait is not None:
                await asyncio.sleep(wait)
        raise MailServerUnavailable("unreachable")

    async def _connect(self) -> SMTP:
        server = self._server
        connection = SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.tls == "tls",
            start_tls=server.tls == "starttls",
            timeout=server.seconds,
        )
        try:
            await _begin(connection, server)
        except BaseException:
            connection.close()
            raise
        return connection


async def _begin(connection: SMTP, server: MailServer) -> None:
    """Connect and sign in. Raises `MailServerUnavailable`, and OSError where another attempt may succeed."""
    try:
        await connection.connect()
    except OSError as error:
        if isinstance(error.__cause__ or error, SSLCertVerificationError):
            raise MailServerUnavailable("insecure") from None
        raise
    except SMTPResponseException as answer:
        raise _of_server(answer.code) from None
    except SMTPException:  # The server does not offer STARTTLS.
        raise MailServerUnavailable("insecure") from None
    if server.user is None:
        return
    try:
        await connection.login(server.user, server.password or "")
    except SMTPResponseException as answer:
        raise _of_server(answer.code) from None
    except OSError:
        raise
    except SMTPException:  # The server offers no way to sign in that we support.
        raise MailServerUnavailable("refuses") from None


async def _deliver(connection: SMTP, message: EmailMessage) -> None:
    """Hand a message over. Only a failure while sending its text leaves it unknown if it was accepted."""
    sender, to = parseaddr(message["From"])[1], message["To"]
    international = not (sender + to).isascii()
    if international and not connection.supports_extension("smtputf8"):
        raise AddressRefused
    options = ["smtputf8"] if international else []
    try:
        await connection.mail(sender, options=options, encoding="utf-8")
        await connection.rcpt(to, encoding="utf-8")
    except SMTPSenderRefused as refused:
        raise _of_server(refused.code) from None
    except SMTPResponseException as answer:
        raise _refusal(answer.code) from None
    except (SMTPException, TimeoutError, OSError):
        raise MailServerUnavailable("unreachable") from None
    try:
        await connection.data(packed(message, utf8=international))
    except SMTPResponseException as answer:
        raise _refusal(answer.code) from None
    except (SMTPException, TimeoutError, OSError):
        raise DeliveryUnknown from None


def _refusal(code: int) -> Exception:
    if code == 421:
        return MailServerUnavailable("unreachable")
    return AddressRefused() if code >= 500 else MailDeferred()


def _of_server(code: int) -> Exception:
    return MailServerUnavailable("refuses" if code >= 500 else "unreachable")
