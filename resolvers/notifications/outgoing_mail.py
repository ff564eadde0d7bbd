"""The content of mails, before it is put into words, and the port that delivers them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

NoticeKind = Literal["archive", "close", "expire"]


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """The activity in one session. Open questions are cut to a line."""

    session_id: str
    title: str | None
    turns: int
    open_questions: Sequence[str] = ()
    good: int = 0
    bad: int = 0


@dataclass(frozen=True, slots=True)
class Summary:
    """A user's questions and answers from `since` to `until` (exclusive), in microseconds."""

    since: int
    until: int
    sessions: Sequence[SessionSummary]
    """The most recently active first."""
    topics: Sequence[str]

    @property
    def turns(self) -> int:
        """Turns in all sessions."""
        return sum(session.turns for session in self.sessions)

    @property
    def open_questions(self) -> int:
        """Questions without an answer, in all sessions."""
        return sum(len(session.open_questions) for session in self.sessions)

    @property
    def good(self) -> int:
        """Answers judged good."""
        return sum(session.good for session in self.sessions)

    @property
    def bad(self) -> int:
        """Answers judged bad."""
        return sum(session.bad for session in self.sessions)


@dataclass(frozen=True, slots=True)
class Notice:
    """A session that is about to be archived or closed, or whose oldest turns are about to expire."""

    notice_id: str
    kind: NoticeKind
    session_id: str
    title: str | None
    at: int
    """When it will happen, in microseconds."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """Notices, the earliest first."""

    notices: Sequence[Notice]


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """A mail to one user."""

    to: str
    """A verified address."""
    content: Summary | Reminder
    name: str
    """The beginning of its Message-ID."""
    language: str
    """A BCP 47 tag."""
    time_zone: str
    unsubscribe: str
    """The word of the link that ends mails of this kind."""


class AddressRefused(Exception):
    """The mail server rejects this address."""


class MailDeferred(Exception):
    """The mail server does not accept this mail now, but may later."""


class DeliveryUnknown(Exception):
    """The mail was sent, but it is unknown whether the mail server accepted it."""


class MailServerUnavailable(Exception):
    """The mail server can't be reached, or can't prove its identity, or takes none of our mails. Nothing was
    sent."""

    def __init__(self, problem: Literal["unreachable", "insecure", "refuses"]) -> None:
        super().__init__(problem)
        self.problem = problem


class MailTransport(Protocol):
    """Delivers mails."""

    async def send(self, letter: OutgoingMail) -> None:
        """Return once another system is responsible for the mail.

        Raises `AddressRefused`, `MailDeferred`, `DeliveryUnknown` and `MailServerUnavailable`.
        """

    async def close(self) -> None:
        """Close connections."""
