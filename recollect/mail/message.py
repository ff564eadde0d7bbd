"""A mail as an Internet message: text and HTML, in the user's language, without external content."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time

from recollect.mail.wording import best_locale, templates
from resolvers.notifications.outgoing_mail import Notice, OutgoingMail, Reminder
from resolvers.notifications.unsubscribe import UNSUBSCRIBE

ISOLATE, END_ISOLATE = "\u2068", "\u2069"
"""Placed around a user's text in plain text: right-to-left text must not reorder the text beside it."""
DAY = 86_400_000_000
LINES = SMTP.clone(max_line_length=998)
"""Lines as long as RFC 5322 allows: at 78 characters the link in `List-Unsubscribe` would be encoded, and no
mail program would recognise it as a link."""


@dataclass(frozen=True, slots=True)
class Sender:
    """The sender of mails, and the URLs that their links begin with, without a slash at the end."""

    address: str
    client_url: str
    api_url: str

    def message(self, letter: OutgoingMail) -> EmailMessage:
        """The message. Raises ValueError for an address that no message can have."""
        locale = best_locale(letter.language)
        environment = templates(str(locale))
        name = "reminder" if isinstance(letter.content, Reminder) else "summary"
        values = self._values(letter, locale)
        text = environment.get_template(f"{name}.txt").render(values)
        subject, _, body = text.partition("\n")
        message = EmailMessage(policy=SMTP)
        message["From"] = self.address
        message["To"] = letter.to
        message["Subject"] = subject
        message["Date"] = formatdate(localtime=False)
        domain = parseaddr(self.address)[1].rpartition("@")[2]
        message["Message-ID"] = f"<{letter.name}@{domain}>"
        message["List-Unsubscribe"] = f"<{values['unsubscribe_url']}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(body.strip() + "\n")
        html = environment.get_template(f"{name}.html").render({**values, "subject": subject})
        message.add_alternative(html, subtype="html")
        message["Content-Language"] = str(locale)
        return message

    def _values(self, letter: OutgoingMail, locale: Locale) -> Mapping[str, Any]:
        zone = ZoneInfo(letter.time_zone)

        def local(time: int) -> datetime:
            return datetime.fromtimestamp(time // 1_000_000, UTC).astimezone(zone)

        def session_url(session_id: str, action: str = "") -> str:
            query = f"session=Session.{quote(session_id, safe='')}"
            return f"{self.client_url}/?{query}{action and '&do=' + action}"

        return {
            "content": letter.content,
            "language": str(locale),
            "day": lambda time: format_date(local(time), "full", locale=locale),
            "moment": lambda time: (
                f"{format_date(local(time), 'full', locale=locale)}, "
                f"{format_time(local(time), 'short', locale=locale)}"
            ),
            "session_url": session_url,
            "actions": actions,
            "line": lambda text: f"{ISOLATE}{' '.join(text.split())}{END_ISOLATE}",
            "preferences_url": f"{self.client_url}/preferences",
            "unsubscribe_url": f"{self.api_url}{UNSUBSCRIBE}{letter.unsubscribe}",
            "daily": not isinstance(letter.content, Reminder)
            and letter.content.until - letter.content.since <= 1.5 * DAY,
        }


def packed(message: EmailMessage, *, utf8: bool = False) -> bytes:
    """A message as it is sent; with `utf8` for a server that takes international addresses."""
    return message.as_bytes(policy=LINES.clone(utf8=utf8))


def actions(notice: Notice) -> tuple[str, ...]:
    """The actions that save a session from what a notice announces."""
    return {"archive": ("pin",), "close": ("pin", "restore"), "expire": ("export",)}[notice.kind]
